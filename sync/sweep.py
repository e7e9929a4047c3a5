"""What the tick looks for: runs that no worker has, and registries whose schedule has come.

Harmless however often, and however many at once: each find is a conditional UPDATE, or is looked
at again under the registry's lock.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q

from harborguard.clock import Now
from registries.models import Registry, Status
from sync.dry_runs import lifecycle as dry_run
from sync.models import State, SyncRun, Trigger
from sync.pushes import push_runs
from sync.runs import lifecycle, schedule

logger = logging.getLogger(__name__)

RING_AGAIN_AFTER = timedelta(seconds=30)
MOST_DUE_AT_ONCE = 500


def sweep() -> list[SyncRun]:
    """Find runs that no worker has, and return those that workers are to be called for.

    Their message was lost, or their worker was. A run that has cost too many workers ends.
    """
    lost = Q(registry__lease_until__lt=Now())
    shut_out = Q(registry__lease_until=None)
    waiting = SyncRun.objects.filter(
        Q(state=State.QUEUED) | Q(state=State.RUNNING) & (lost | shut_out),
        rung_at__lt=Now() - RING_AGAIN_AFTER,
    )
    to_ring = []
    for run in waiting.select_related("registry").order_by("pk"):
        try:
            if _is_to_ring(run):
                to_ring.append(run)
        except DatabaseError:
            # A worker that froze in a transaction holds the row until the database ends it.
            logger.exception("Run %s is held by somebody; the next tick tries again", run.pk)
    return to_ring


def _is_to_ring(run: SyncRun) -> bool:
    """Whether a worker is to be called, by us and nobody else; end a run that cost too many."""
    if run.attempt >= lifecycle.MOST_ATTEMPTS and run.registry.lease_until is not None:
        push_runs.give_up(run)
        return False
    waits = SyncRun.objects.filter(pk=run.pk, rung_at__lt=Now() - RING_AGAIN_AFTER)
    ours = waits.update(rung_at=Now())
    return bool(ours)


def sweep_dry_runs() -> list[int]:
    """Give up the lost, forget the old, and return those that workers are to be called for."""
    dry_run.give_up_lost()
    dry_run.prune()
    return dry_run.to_ring()


def due_registries() -> list[int]:
    """Registries whose schedule has come, the longest waiting first."""
    return list(
        Registry.objects.filter(schedule__in=schedule.INTERVALS, next_sync_at__lte=Now())
        .exclude(status=Status.SYNCING)
        .order_by("next_sync_at")
        .values_list("pk", flat=True)[:MOST_DUE_AT_ONCE]
    )


def request_if_due(registry_id: int) -> SyncRun | None:
    """Queue a scheduled run, unless another beat did, or the registry is no longer due."""
    with transaction.atomic():
        # A row that somebody holds is left for the next tick: one must not delay the others.
        row = Registry.objects.select_for_update(skip_locked=True).filter(pk=registry_id)
        registry = row.first()
        if registry is None:
            return None
        if not schedule.is_due(
            registry.schedule, registry.next_sync_at, lifecycle.now(registry_id)
        ):
            return None
        try:
            return lifecycle.request(registry_id, Trigger.SCHEDULE)
        except lifecycle.SyncInProgress:
            return None
