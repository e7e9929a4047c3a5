"""The queue's only door. A message carries a run's id, and losing one costs seconds."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app, shared_task
from django.conf import settings
from django.db import DatabaseError, transaction
from kombu.exceptions import OperationalError

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry, User
from sync import lifecycle, pipeline, sweep
from sync.models import Sweep, SyncRun, Trigger

logger = logging.getLogger(__name__)

Action = AuditEntry.Action

# A broker that is down or frozen must not keep a person waiting: the sweep rings again.
_RING_SECONDS = 1


@transaction.atomic
def start_sync(
    registry_id: int,
    trigger: Trigger,
    *,
    by: Actor,
    confirms_removals: bool = False,
    calls_a_worker: bool = True,
) -> SyncRun:
    """Queue a run for somebody, and tell the audit trail. Raise SyncInProgress.

    Whoever means to do the run themselves calls no worker for it.
    """
    queued = queue if calls_a_worker else lifecycle.request
    run = queued(registry_id, trigger, user=by.user, confirms_removals=confirms_removals)
    action = Action.REMOVALS_CONFIRMED if confirms_removals else Action.SYNC_REQUESTED
    audit.record(action, by=by, on=run.registry, changes={"run": (None, run.pk)})
    return run


def queue(
    registry_id: int,
    trigger: Trigger,
    *,
    user: User | None = None,
    confirms_removals: bool = False,
) -> SyncRun:
    """Queue a run and call a worker for it. Raise SyncInProgress. Works with the broker down."""
    with transaction.atomic():
        run = lifecycle.request(
            registry_id, trigger, user=user, confirms_removals=confirms_removals
        )
        transaction.on_commit(partial(ring, run.pk))
    return run


def ring(run_id: int) -> None:
    """Call a worker for a queued run, within about a second or not at all."""
    options = {
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "socket_timeout": _RING_SECONDS,
        "socket_connect_timeout": _RING_SECONDS,
        "max_retries": 1,
        "interval_start": 0,
        "connect_retries_timeout": _RING_SECONDS,
    }
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            run_sync.apply_async((run_id,), connection=connection, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("No broker for run %s, it starts when there is one: %s", run_id, error)


@shared_task(name="sync.run")  # type: ignore[untyped-decorator]
def run_sync(run_id: int) -> None:
    for _ in pipeline.run(run_id):
        pass


@shared_task(name="sync.tick")  # type: ignore[untyped-decorator]
def tick() -> None:
    """Call workers for runs that none has, and start what is due. Harmless at any rate."""
    for run_id in sweep.sweep():
        ring(run_id)
    for registry_id in sweep.due_registries():
        try:
            run = sweep.request_if_due(registry_id)
        except DatabaseError:
            logger.exception("Registry %s could not be queued; the next tick tries", registry_id)
            continue
        if run is not None:
            ring(run.pk)
    Sweep.record()
