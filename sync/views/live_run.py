"""Template context of a registry and its live run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.shortcuts import get_object_or_404

from registries.models import Registry
from sync.dashboard.latest_syncs import latest_syncs
from sync.models import LIVE_STATES, State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.pace import pace_of

UNCLAIMED_AFTER = timedelta(seconds=60)


def live_run(pk: int) -> dict[str, Any]:
    """Return the context, with the registry and its run loaded in one query.

    A lease read before its run was claimed would make the run look lost.
    """
    live = SyncRun.objects.filter(registry=pk, state__in=LIVE_STATES).exclude(trigger=Trigger.PUSH)
    run = live.select_related("registry").first()
    registry = run.registry if run else get_object_or_404(Registry, pk=pk)
    return {
        "registry": registry,
        "run": run,
        "run_is_unclaimed": run is not None and is_unclaimed(run),
        "may_start": run is None or lifecycle.may_be_superseded(run, registry),
        "pace": run and pace_of(run),
        "syncs": latest_syncs([registry.pk])[registry.pk],
    }


def is_unclaimed(run: SyncRun) -> bool:
    """Return whether the run has waited so long for a worker that someone should check."""
    if run.state != State.QUEUED:
        return False
    return lifecycle.now(run.registry_id) - run.queued_at > UNCLAIMED_AFTER
