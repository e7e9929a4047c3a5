"""Find runs without a worker, and registries whose sync is due.

Safe to run often and concurrently: each find is a conditional UPDATE, or is checked again under the
registry's lock.
"""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction
from django.db.models import Q

from harborguard.clock import Now
from registries.models import Registry, Status
from sync.dry_runs import lifecycle as dry_runs
from sync.models import State, SyncRun, Trigger
from sync.pushes import push_runs
from sync.runs import lifecycle, queue, schedule

logger = logging.getLogger(__name__)

MOST_DUE_AT_ONCE = 500


def sweep() -> list[SyncRun]:
    """Return the runs to call a worker for: their message was lost, or their worker was.

    A run that has cost too many workers ends.
    """
    lost = Q(registry__lease_until__lt=Now())
    fenced_off = Q(registry__lease_until=None)
    waiting = queue.not_called_lately(
        SyncRun.objects.filter(Q(state=State.QUEUED) | Q(state=State.RUNNING) & (lost | fenced_off))
    )
    runs = []
    for run in waiting.select_related("registry").order_by("pk"):
        try:
            if _needs_call(run):
                runs.append(run)
        except DatabaseError:
            # A worker that froze in a transaction locks the row until the database ends it.
            logger.exception("Run %s is locked; the next tick retries", run.pk)
    return runs


def _needs_call(run: SyncRun) -> bool:
    """Return whether to call a worker; end a run that has cost too many."""
    if run.attempt >= lifecycle.MOST_ATTEMPTS and run.registry.lease_until is not None:
        push_runs.give_up(run)
        return False
    return queue.claim_call(run)


def sweep_dry_runs() -> list[int]:
    """End lost dry runs, delete old ones, and return those to call a worker for."""
    dry_runs.give_up_lost()
    dry_runs.prune()
    return dry_runs.waiting_for_a_call()


def due_registries() -> list[int]:
    """Return registries whose scheduled sync is due, the longest waiting first."""
    return list(
        Registry.objects.filter(schedule__in=schedule.INTERVALS, next_sync_at__lte=Now())
        .exclude(status=Status.SYNCING)
        .order_by("next_sync_at")
        .values_list("pk", flat=True)[:MOST_DUE_AT_ONCE]
    )


def request_if_due(registry_id: int) -> SyncRun | None:
    """Queue a scheduled run, unless another tick has, or the registry is no longer due."""
    with transaction.atomic():
        # A locked row is left for the next tick, so that it does not delay the others.
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
