"""The queue's only door. A message carries a run's id, and losing one costs seconds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any

from celery import current_app, shared_task
from django.conf import settings
from django.db import DatabaseError, transaction
from kombu.exceptions import OperationalError

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry, User
from registries.rate_limits import store
from registries.services import as_stored
from sync import sweep
from sync.dry_runs import lifecycle as dry_run
from sync.dry_runs import proposal, work
from sync.enumeration import pipeline
from sync.enumeration.rehearsal import Difference, Rehearsal
from sync.models import DryRun, Sweep, SyncRun, Trigger
from sync.pushes import deliveries, pending
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress

logger = logging.getLogger(__name__)

Action = AuditEntry.Action

SYNC_QUEUE = "sync"
# A queue of its own: syncs may last for hours.
PUSH_QUEUE = "push"

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


@transaction.atomic
def start_dry_run(registry_id: int, given: Mapping[str, Any], *, by: Actor) -> DryRun:
    """Queue a dry run for somebody, with what they propose, and tell the audit trail.

    Raise DryRunInProgress, or ValidationError that names each wrong field.
    """
    queued = dry_run.request(registry_id, given, user=by.user)
    changes = {
        name: (queued.settings_before[name], queued.proposed[name]) for name in queued.proposed
    }
    audit.record(
        Action.DRY_RUN_REQUESTED,
        by=by,
        on=queued.registry,
        changes={"dry_run": (None, queued.pk), **changes},
    )
    transaction.on_commit(partial(ring_for_dry_run, queued.pk))
    return queued


def rehearsal_of(
    registry_id: int,
    given: Mapping[str, Any],
    *,
    by: Actor,
    tell: Callable[[Difference], None],
) -> Rehearsal:
    """A dry run that is done here, and of which no row is kept, for ``rehearsing.rehearse``.

    Raise ValidationError that names each wrong field.
    """
    registry = as_stored(registry_id)
    proposed = proposal.differing(registry, given)
    changes = {name: (getattr(registry, name), value) for name, value in proposed.items()}
    audit.record(Action.DRY_RUN_REQUESTED, by=by, on=registry, changes=changes)
    registry = proposal.with_proposal(registry, proposed)
    return Rehearsal(registry, tell=tell, keep_on=lambda rehearsal: None)


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


def ring(run_id: int, *, queue: str = SYNC_QUEUE) -> None:
    """Call a worker for a queued run, within about a second or not at all."""
    _send(run_sync, run_id, f"run {run_id}, it starts when there is one", queue=queue)


def ring_for_dry_run(dry_run_id: int) -> None:
    _send(run_dry, dry_run_id, f"dry run {dry_run_id}, it starts when there is one")


def _send(task: Any, object_id: int, what: str, **options: Any) -> None:
    transport = {
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "socket_timeout": _RING_SECONDS,
        "socket_connect_timeout": _RING_SECONDS,
        "max_retries": 1,
        "interval_start": 0,
        "connect_retries_timeout": _RING_SECONDS,
    }
    try:
        with current_app.connection_for_write(transport_options=transport) as connection:
            task.apply_async((object_id,), connection=connection, retry=False, **options)
    except (OperationalError, OSError) as error:
        logger.warning("No broker for %s: %s", what, error)


def carry_out(run_id: int) -> Generator[Progress]:
    """Do the run, and see to what was pushed while it ended."""
    yield from pipeline.run(run_id)
    registry_id = SyncRun.objects.filter(pk=run_id).values_list("registry", flat=True).first()
    if registry_id is not None:
        follow_pushes(registry_id)


def follow_pushes(registry_id: int) -> None:
    """See to it that what pushes named is read when it is due.

    To be called after what was noted is committed, and after a run has ended: then either the
    run has seen it, or a run is queued here. The tick finds what gets lost on the way.
    """
    if lifecycle.has_live_run(registry_id):
        return
    wait = pending.due_in(registry_id)
    if wait == 0 and (run := lifecycle.request_for_pushes(registry_id)):
        ring(run.pk, queue=PUSH_QUEUE)
    elif wait and wait <= pending.window().total_seconds():
        _send(look_for_pushes, registry_id, f"pushes of registry {registry_id}", countdown=wait)


@shared_task(name="sync.run")  # type: ignore[untyped-decorator]
def run_sync(run_id: int) -> None:
    for _ in carry_out(run_id):
        pass


@shared_task(name="sync.dry_run")  # type: ignore[untyped-decorator]
def run_dry(dry_run_id: int) -> None:
    work.carry_out(dry_run_id)


@shared_task(name="sync.pushes")  # type: ignore[untyped-decorator]
def look_for_pushes(registry_id: int) -> None:
    follow_pushes(registry_id)


@shared_task(name="sync.tick")  # type: ignore[untyped-decorator]
def tick() -> None:
    """Call workers for runs that none has, and start what is due. Harmless at any rate."""
    for unheld in sweep.sweep():
        ring(unheld.pk, queue=PUSH_QUEUE if unheld.trigger == Trigger.PUSH else SYNC_QUEUE)
    for registry_id in sweep.due_registries():
        try:
            run = sweep.request_if_due(registry_id)
        except DatabaseError:
            logger.exception("Registry %s could not be queued; the next tick tries", registry_id)
            continue
        if run is not None:
            ring(run.pk)
    for registry_id in pending.registries_due():
        follow_pushes(registry_id)
    for dry_run_id in sweep.sweep_dry_runs():
        ring_for_dry_run(dry_run_id)
    pending.prune()
    deliveries.prune()
    Sweep.record()
    store.prune()
