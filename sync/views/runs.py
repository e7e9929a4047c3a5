from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from harborguard.access.roles import AuthenticatedRequest
from registries.models import Registry
from sync.models import SyncRun

PAGE_SIZE = 50


def run_list(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    runs = SyncRun.objects.filter(registry=registry).select_related("requested_by")
    page = Paginator(runs, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "sync/run_list.html", {"registry": registry, "page": page})


def run_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(SyncRun.objects.select_related("registry", "requested_by"), pk=pk)
    return render(request, "sync/run_detail.html", {"run": run, "registry": run.registry})
