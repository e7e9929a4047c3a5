"""Start a sync or a dry run for somebody: the run and its audit entry in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import transaction

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from registries.services import as_stored
from sync.dry_runs import lifecycle as dry_runs
from sync.dry_runs import proposal
from sync.dry_runs.attempt import DryRunAttempt, TagChange
from sync.models import DryRun, SyncRun, Trigger
from sync.runs import lifecycle, queue

Action = AuditEntry.Action


@transaction.atomic
def start_sync(
    registry_id: int,
    trigger: Trigger,
    *,
    by: Actor,
    confirms_removals: bool = False,
    calls_worker: bool = True,
) -> SyncRun:
    """Queue a run, and call a worker unless the caller does the run. Raise SyncInProgress."""
    request = queue.enqueue if calls_worker else lifecycle.request
    run = request(registry_id, trigger, user=by.user, confirms_removals=confirms_removals)
    action = Action.REMOVALS_CONFIRMED if confirms_removals else Action.SYNC_REQUESTED
    audit.record(action, by=by, on=run.registry, changes={"run": (None, run.pk)})
    return run


@transaction.atomic
def start_dry_run(registry_id: int, given: Mapping[str, Any], *, by: Actor) -> DryRun:
    """Queue a dry run of the connection with the ``given`` settings, and call a worker.

    Raise DryRunInProgress, or ValidationError naming each wrong field.
    """
    queued = dry_runs.request(registry_id, given, user=by.user)
    changes = {
        name: (queued.settings_before[name], queued.proposed[name]) for name in queued.proposed
    }
    audit.record(
        Action.DRY_RUN_REQUESTED,
        by=by,
        on=queued.registry,
        changes={"dry_run": (None, queued.pk), **changes},
    )
    transaction.on_commit(partial(queue.call_worker_for_dry_run, queued.pk))
    return queued


def start_dry_run_here(
    registry_id: int,
    given: Mapping[str, Any],
    *,
    by: Actor,
    report: Callable[[TagChange], None],
) -> DryRunAttempt:
    """Return a dry run for the caller to carry out, of which no row is stored.

    Raise ValidationError naming each wrong field.
    """
    registry = as_stored(registry_id)
    proposed = proposal.differing(registry, given)
    changes = {name: (getattr(registry, name), value) for name, value in proposed.items()}
    audit.record(Action.DRY_RUN_REQUESTED, by=by, on=registry, changes=changes)
    return DryRunAttempt(proposal.with_proposal(registry, proposed), report=report)
