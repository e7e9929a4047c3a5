from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from harborguard.access.roles import AuthenticatedRequest
from registries.models import Registry

PAGE_SIZE = 50


def registry_list(request: AuthenticatedRequest) -> HttpResponse:
    page = Paginator(Registry.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "sync/registry_list.html", {"page": page})
