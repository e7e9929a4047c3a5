from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from harborguard.access.models import Role
from harborguard.access.roles import AuthenticatedRequest, requires_role
from registries.models import Registry

PAGE_SIZE = 50


@require_safe
@requires_role(Role.VIEWER)
def registry_list(request: AuthenticatedRequest) -> HttpResponse:
    page = Paginator(Registry.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "sync/registry_list.html", {"page": page})
