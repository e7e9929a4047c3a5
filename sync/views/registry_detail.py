"""A registry, and the fragment of its page that polls itself while a sync is on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django_htmx.http import HTMX_STOP_POLLING, reswap, retarget

from harborguard.access.models import Role
from harborguard.access.roles import AuthenticatedRequest, requires_role
from inventory.models import Image, Repository
from inventory.services import held_count
from registries.models import Credential, Registry, every_name
from sync import lifecycle
from sync.models import FINISHED_STATES, LIVE_STATES, State, SyncRun

RUNS_SHOWN = 10
REPOSITORIES_A_PAGE = 25
HELD_SHOWN = 20
UNCLAIMED_AFTER = timedelta(seconds=60)


@require_GET
@requires_role(Role.VIEWER)
def registry_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    return render(request, "sync/registry_detail.html", _everything(request, registry))


@require_GET
@requires_role(Role.VIEWER)
def registry_status(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The status while a sync is on; once it is over the whole page, and the end of polling."""
    registry = get_object_or_404(Registry, pk=pk)
    status = _status(registry)
    if status["run"] is not None:
        return render(request, "sync/_status.html", status)
    response = render(
        request,
        "sync/_registry.html",
        _everything(request, registry),
        status=HTMX_STOP_POLLING,
    )
    return reswap(retarget(response, "#registry"), "outerHTML")


def _everything(request: AuthenticatedRequest, registry: Registry) -> dict[str, Any]:
    runs = SyncRun.objects.filter(registry=registry).select_related("requested_by")
    search = request.GET.get("q", "").strip()
    repositories = _repositories(registry, search)
    return _status(registry) | {
        "finished": runs.filter(state__in=FINISHED_STATES).first(),
        "runs": runs[:RUNS_SHOWN],
        "everything": every_name(),
        "search": search,
        "page": Paginator(repositories, REPOSITORIES_A_PAGE).get_page(request.GET.get("page")),
        "credential": Credential.objects.filter(registry=registry).first(),
        "held_count": held_count(registry.pk),
        "held": Image.objects.filter(registry=registry, held_at__isnull=False).select_related(
            "repository"
        )[:HELD_SHOWN],
    }


def _repositories(registry: Registry, search: str) -> QuerySet[Repository]:
    """Those of the active inventory, with the number of their tags."""
    active = Image.objects.filter(repository=OuterRef("pk"), removed_at=None)
    tags = active.order_by().values("repository").values_list(Count("pk"))
    repositories = Repository.objects.filter(registry=registry, removed_at=None)
    if search:
        repositories = repositories.filter(name__icontains=search)
    return repositories.annotate(tags=Coalesce(Subquery(tags), 0))


def _status(registry: Registry) -> dict[str, Any]:
    run = SyncRun.objects.filter(registry=registry, state__in=LIVE_STATES).first()
    return {
        "registry": registry,
        "run": run,
        "run_is_unclaimed": run is not None and _is_unclaimed(run, registry),
        "may_start": run is None or lifecycle.may_be_superseded(run, registry),
    }


def _is_unclaimed(run: SyncRun, registry: Registry) -> bool:
    waited = lifecycle.now(registry.pk) - run.queued_at
    return run.state == State.QUEUED and waited > UNCLAIMED_AFTER
