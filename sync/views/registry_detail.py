"""A registry's page, and its status fragment that polls itself during a sync."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HTMX_STOP_POLLING

from harborguard.access.roles import AuthenticatedRequest
from inventory.models import Image
from registries.models import Credential, Registry, every_name
from registries.rate_limits.status import limit_status
from registries.webhook import setup
from sync.models import FINISHED_STATES, State, SyncRun, Trigger
from sync.services.confirming import Seen
from sync.views.live_run import live_run
from sync.views.pushes import tells_of_pushes
from sync.views.repository_table import repository_table

RUNS_SHOWN = 5
HELD_SHOWN = 20
REMOVALS_HELD = "removals_held"
_LIST = "repository-list"


def registry_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Render the page, or only its repository list when a script searches, sorts or pages it."""
    if _wants_list(request):
        registry = get_object_or_404(Registry, pk=pk)
        context = {"registry": registry, "finished": True} | repository_table(request, registry)
        response = render(request, "sync/_repository_list.html", context)
    else:
        context = _page_context(request, live_run(pk))
        response = render(request, "sync/registry_detail.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def registry_status(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Render the status during a sync; afterwards, the whole page, and stop the polling."""
    status = live_run(pk)
    if status["run"] is not None:
        return render(request, "sync/_poll.html", status)
    context = _page_context(request, status)
    return render(request, "sync/_registry.html", context, status=HTMX_STOP_POLLING)


def connection_context(registry: Registry) -> dict[str, Any]:
    return {
        "registry": registry,
        "everything": every_name(),
        "credential": Credential.objects.filter(registry=registry).first(),
    }


def _wants_list(request: AuthenticatedRequest) -> bool:
    headers = request.headers
    is_restored = "HX-History-Restore-Request" in headers
    return headers.get("HX-Target") == _LIST and not is_restored


def _page_context(request: AuthenticatedRequest, status: dict[str, Any]) -> dict[str, Any]:
    registry: Registry = status["registry"]
    runs = SyncRun.objects.filter(registry=registry)
    finished = runs.filter(state__in=FINISHED_STATES).exclude(trigger=Trigger.PUSH).first()
    seen = Seen.now(registry.pk)
    return {
        **status,
        **connection_context(registry),
        **repository_table(request, registry),
        **_pushes(registry),
        "finished": finished,
        "failed": _failed(registry, finished),
        "warnings": _warnings(finished, has_held=seen.count > 0),
        "runs": runs.select_related("requested_by").defer("warnings", "failed_repositories")[
            :RUNS_SHOWN
        ],
        "rate_limit": limit_status(registry),
        "held_count": seen.count,
        "seen": seen,
        "held": _held(registry)[:HELD_SHOWN] if seen.count else (),
    }


def _pushes(registry: Registry) -> dict[str, Any]:
    if not tells_of_pushes(registry):
        return {"takes_pushes": False}
    return {
        "takes_pushes": True,
        "webhook_silent": setup.is_silent(registry),
        "last_push_at": setup.last_received_at(registry),
    }


def _failed(registry: Registry, finished: SyncRun | None) -> SyncRun | None:
    """Return the run that caused the registry's last error, which may be a push run."""
    if not registry.error_code:
        return None
    if finished is not None and finished.error_code == registry.error_code:
        return finished
    failed = SyncRun.objects.filter(registry=registry, state=State.FAILED).order_by("-pk")
    return failed.filter(error_code=registry.error_code).first()


def _warnings(run: SyncRun | None, *, has_held: bool) -> list[dict[str, str]]:
    """Return the run's warnings, without the one that the held-removals notice replaces."""
    warnings: list[dict[str, str]] = run.warnings if run else []
    return [warning for warning in warnings if not (has_held and warning["code"] == REMOVALS_HELD)]


def _held(registry: Registry) -> Any:
    held = Image.objects.filter(registry=registry, removed_at=None, held_at__isnull=False)
    return held.select_related("repository").order_by("pk")
