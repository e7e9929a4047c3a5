"""Pages of runs, and the buttons that start one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from harborguard.web.keyset import newest_first, parse_id
from registries.models import Registry
from sync.models import State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import SyncInProgress
from sync.runs.pace import pace_of
from sync.services import confirming
from sync.services.confirming import NothingHeld, NotSeen, Seen
from sync.services.starting import start_sync
from sync.views.live_run import is_unclaimed
from sync.views.post_only import post_only


@post_only
def sync_now(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    by = Actor.of(request)
    return _start(request, pk, lambda: start_sync(pk, Trigger.MANUAL, by=by))


@post_only
def confirm_removals(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Confirm the removals shown on the page, but none that were held after it was loaded."""
    by = Actor.of(request)
    try:
        seen = Seen.parse(request.POST.get("seen", ""))
    except ValueError:
        seen = Seen(0, datetime.min.replace(tzinfo=UTC))
    return _start(request, pk, lambda: confirming.confirm_removals(pk, by=by, seen=seen))


def _start(request: AuthenticatedRequest, pk: int, start: Callable[[], object]) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        start()
    except (SyncInProgress, NothingHeld, NotSeen) as refusal:
        messages.warning(request, f"{refusal}.")
    else:
        messages.success(request, f"A sync of {registry.name} has been queued.")
    return redirect("registry-detail", pk)


RUNS_PER_PAGE = 50


def run_list(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    state, trigger = request.GET.get("state", ""), request.GET.get("trigger", "")
    runs = SyncRun.objects.filter(registry=registry).select_related("requested_by")
    if state in State.values:
        runs = runs.filter(state=state)
    if trigger in Trigger.values:
        runs = runs.filter(trigger=trigger)
    context = {
        "registry": registry,
        "page": newest_first(
            runs.defer("warnings", "failed_repositories"),
            parse_id(request.GET.get("before", "")),
            RUNS_PER_PAGE,
        ),
        "state": state,
        "states": State.choices,
        "trigger": trigger,
        "triggers": Trigger.choices,
        "is_filtered": bool(state or trigger),
    }
    return render(request, "sync/run_list.html", context)


def run_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(SyncRun.objects.select_related("registry", "requested_by"), pk=pk)
    context = {
        "run": run,
        "registry": run.registry,
        "pace": pace_of(run),
        "run_is_unclaimed": is_unclaimed(run),
        "may_start": run.is_live and lifecycle.may_be_superseded(run, run.registry),
    }
    return render(request, "sync/run_detail.html", context)
