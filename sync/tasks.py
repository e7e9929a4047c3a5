"""The Celery tasks."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import DatabaseError

from registries.rate_limits import store as rate_limits
from sync import sweep
from sync.dry_runs import pipeline as dry_run_pipeline
from sync.enumeration import pipeline
from sync.models import Sweep
from sync.pushes import deliveries, pending, push_runs
from sync.runs import queue

logger = logging.getLogger(__name__)


@shared_task(name="sync.run")  # type: ignore[untyped-decorator]
def run_sync(run_id: int) -> None:
    for _ in pipeline.carry_out(run_id):
        pass


@shared_task(name="sync.dry_run")  # type: ignore[untyped-decorator]
def run_dry(dry_run_id: int) -> None:
    dry_run_pipeline.carry_out(dry_run_id)


@shared_task(name="sync.pushes")  # type: ignore[untyped-decorator]
def follow_pushes(registry_id: int) -> None:
    push_runs.queue_if_due(registry_id)


@shared_task(name="sync.tick")  # type: ignore[untyped-decorator]
def tick() -> None:
    """Call workers for runs that have none, and start what is due. Harmless to repeat."""
    for run in sweep.sweep():
        queue.call_worker(run)
    for registry_id in sweep.due_registries():
        try:
            scheduled = sweep.request_if_due(registry_id)
        except DatabaseError:
            logger.exception("Registry %s could not be queued; the next tick tries", registry_id)
            continue
        if scheduled is not None:
            queue.call_worker(scheduled)
    for registry_id in pending.registries_due():
        push_runs.queue_if_due(registry_id)
    for dry_run_id in sweep.sweep_dry_runs():
        queue.call_worker_for_dry_run(dry_run_id)
    pending.prune()
    deliveries.prune()
    Sweep.record()
    rate_limits.prune()
