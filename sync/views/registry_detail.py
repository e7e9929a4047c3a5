"""A registry, and the fragment of its page that polls itself while a sync is on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django_htmx.http import HTMX_STOP_POLLING, reswap, retarget

from harborguard.access.roles import AuthenticatedRequest
from inventory.models import Image, Repository
from inventory.services import held_count
from registries.limit_status import limit_status
from registries.models import Credential, Registry, every_name
from sync import lifecycle
from sync.models import FINISHED_STATES, LIVE_STATES, State, SyncRun, Trigger
from sync.views import pushes

RUNS_SHOWN = 10
REPOSITORIES_A_PAGE = 25
HELD_SHOWN = 20
UNCLAIMED_AFTER = timedelta(seconds=60)
REMOVALS_HELD = "removals_held"


def registry_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    return render(request, "sync/registry_detail.html", _everything(request, _status(pk)))


def registry_status(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The status while a sync is on; once it is over the whole page, and the end of polling."""
    status = _status(pk)
    if status["run"] is not None:
        return render(request, "sync/_status.html", status)
    response = render(
        request,
        "sync/_registry.html",
        _everything(request, status),
        status=HTMX_STOP_POLLING,
    )
    return reswap(retarget(response, "#registry"), "outerHTML")


def _everything(request: AuthenticatedRequest, status: dict[str, Any]) -> dict[str, Any]:
    registry: Registry = status["registry"]
    runs = SyncRun.objects.filter(registry=registry).select_related("requested_by")
    finished = runs.filter(state__in=FINISHED_STATES).exclude(trigger=Trigger.PUSH).first()
    held = held_count(registry.pk)
    search = request.GET.get("q", "").strip()
    repositories = _repositories(registry, search)
    return (
        status
        | pushes.context(request, registry)
        | {
            "finished": finished,
            "warnings": _warnings(finished, beside_held=held > 0),
            "runs": runs[:RUNS_SHOWN],
            "everything": every_name(),
            "search": search,
            "page": Paginator(repositories, REPOSITORIES_A_PAGE).get_page(request.GET.get("page")),
            "credential": Credential.objects.filter(registry=registry).first(),
            "rate_limit": limit_status(registry),
            "held_count": held,
            "held": Image.objects.filter(registry=registry, held_at__isnull=False).select_related(
                "repository"
            )[:HELD_SHOWN],
        }
    )


def _repositories(registry: Registry, search: str) -> QuerySet[Repository]:
    """Those of the active inventory, with the number of their tags."""
    active = Image.objects.filter(repository=OuterRef("pk"), removed_at=None)
    tags = active.order_by().values("repository").values_list(Count("pk"))
    repositories = Repository.objects.filter(registry=registry, removed_at=None)
    if search:
        repositories = repositories.filter(name__icontains=search)
    return repositories.annotate(tags=Coalesce(Subquery(tags), 0))


def _warnings(run: SyncRun | None, *, beside_held: bool) -> list[dict[str, str]]:
    """Those of a run, without the one that the held removals say better beside it."""
    warnings: list[dict[str, str]] = run.warnings if run else []
    return [told for told in warnings if not (beside_held and told["code"] == REMOVALS_HELD)]


def _status(pk: int) -> dict[str, Any]:
    """The registry and its live run, of one moment: a lease that was read before its run was
    claimed would look as if the run were lost.
    """
    live = SyncRun.objects.filter(registry=pk, state__in=LIVE_STATES).exclude(trigger=Trigger.PUSH)
    run = live.select_related("registry").first()
    registry = run.registry if run else get_object_or_404(Registry, pk=pk)
    return {
        "registry": registry,
        "run": run,
        "run_is_unclaimed": run is not None and _is_unclaimed(run, registry),
        "may_start": run is None or lifecycle.may_be_superseded(run, registry),
    }


def _is_unclaimed(run: SyncRun, registry: Registry) -> bool:
    waited = lifecycle.now(registry.pk) - run.queued_at
    return run.state == State.QUEUED and waited > UNCLAIMED_AFTER
