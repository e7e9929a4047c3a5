"""The lifecycle of a dry run. The only writer of its rows.

A dry run takes no lease of its registry: a sync may run beside it. Its worker renews
``alive_until``, and stops where it finds its row gone or ended. Nothing depends on a dry run, so
the loss of its worker ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from harborguard.access.models import User
from harborguard.clock import Now
from registries.errors import RegistryError, WorkerLost
from registries.models import Registry
from sync.dry_runs import proposal
from sync.dry_runs.attempt import DryRunAttempt, TagChange
from sync.models import LIVE_STATES, DryRun, DryRunChange, Phase, State, SyncRun
from sync.runs import lifecycle, queue
from sync.runs.outcomes import error_columns

KEPT_FOR = timedelta(days=7)
KEPT_PER_REGISTRY = 50
_DELETED_TOGETHER = 20


class DryRunInProgress(Exception):
    """The registry has a live dry run: ``dry_run``."""

    code = "dry_run_in_progress"

    def __init__(self, dry_run: DryRun) -> None:
        super().__init__(
            f"A dry run of {dry_run.registry.name} is in progress (dry run {dry_run.pk})"
        )
        self.dry_run = dry_run


class DryRunOver(Exception):
    """The dry run was deleted or given up: its worker must stop."""


def request(registry_id: int, given: Mapping[str, Any], *, user: User | None = None) -> DryRun:
    """Queue a dry run. Raise DryRunInProgress, or ValidationError naming each wrong field."""
    registry = Registry.objects.get(pk=registry_id)
    proposed = proposal.differing(registry, given)
    try:
        with transaction.atomic():
            queued: DryRun = DryRun.queue(
                registry=registry,
                requested_by=user,
                proposed=proposed,
                settings_before=proposal.settings_of(registry),
            )
    except IntegrityError:
        live = DryRun.objects.filter(registry=registry, state__in=LIVE_STATES).first()
        if live is None:
            raise
        raise DryRunInProgress(live) from None
    return queued


def claim(dry_run_id: int) -> DryRun | None:
    """Take a queued dry run, with its registry as it is now. Return None if it is taken."""
    with transaction.atomic():
        won = DryRun.objects.filter(pk=dry_run_id, state=State.QUEUED).update(
            state=State.RUNNING, started_at=Now(), alive_until=_alive_until()
        )
        if not won:
            return None
        # The credential comes in the same query, as in registries.services.as_stored.
        dry_run = DryRun.objects.select_related("registry__credential").get(pk=dry_run_id)
        registry = dry_run.registry
        now = lifecycle.now(registry.pk)
        dry_run.settings_before = proposal.settings_of(registry)
        dry_run.fingerprint = proposal.fingerprint(registry, dry_run.proposed)
        dry_run.due_before = dry_run.due_after = registry.next_sync_at
        if "schedule" in dry_run.proposed:
            dry_run.due_after = lifecycle.due_by(dry_run.proposed["schedule"], registry, now)
        dry_run.save(update_fields=["settings_before", "fingerprint", "due_before", "due_after"])
    return dry_run


def renew(dry_run: DryRun, attempt: DryRunAttempt) -> None:
    """Publish the progress. Raise DryRunOver."""
    _write(dry_run, {**_columns(attempt), "alive_until": _alive_until()})


@transaction.atomic
def finish(
    dry_run: DryRun,
    attempt: DryRunAttempt,
    changes: Sequence[TagChange],
    error: RegistryError | None = None,
) -> None:
    """End the dry run and store the changes. Raise DryRunOver."""
    comparison = attempt.comparison
    if _was_synced_meanwhile(dry_run):
        comparison.warn(
            "synced_meanwhile",
            "A sync ran at the same time, so the inventory may have changed in between",
            "Start another dry run to see the difference as it is now",
        )
    columns = {
        "kept": len(changes),
        "warnings": comparison.warnings,
        "failed_repositories": comparison.failed_repositories,
    }
    is_partial = bool(comparison.failed or comparison.held)
    _write(dry_run, _columns(attempt) | columns | _ending(error, is_partial=is_partial))
    DryRunChange.objects.bulk_create(_rows(dry_run, changes), batch_size=1000)
    _delete_ended(DryRun.objects.filter(registry=dry_run.registry_id), keep=KEPT_PER_REGISTRY)


def release(dry_run: DryRun) -> None:
    """Put the dry run back into the queue: this worker is shutting down."""
    _running(dry_run).update(state=State.QUEUED, phase=Phase.WAITING, alive_until=None)


@transaction.atomic
def delete(dry_run: DryRun, *, only_live: bool = False) -> bool:
    """Delete a dry run; its worker, if it has one, stops. Return whether it was there.

    The row is locked first: its worker may be storing changes, which would be left behind.
    """
    row = DryRun.objects.select_for_update().filter(pk=dry_run.pk).first()
    if row is None or (only_live and not row.is_live):
        return False
    row.delete()
    return True


def delete_all(registry_id: int) -> None:
    """Delete a registry's dry runs, each locked first."""
    rows = DryRun.objects.select_for_update().filter(registry=registry_id)
    DryRun.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()


def give_up_lost() -> None:
    """End the dry runs whose worker died or froze."""
    error = WorkerLost("Worker lost: the worker of this dry run died or froze")
    lost = DryRun.objects.filter(state=State.RUNNING, alive_until__lt=Now())
    lost.update(**_ending(error))


def waiting_for_a_call() -> list[int]:
    """Return queued dry runs whose message may be lost, for the caller to call workers again."""
    waiting = queue.not_called_lately(DryRun.objects.filter(state=State.QUEUED))
    return [dry_run.pk for dry_run in waiting.order_by("pk") if queue.claim_call(dry_run)]


def prune() -> None:
    """Delete dry runs that are a week old."""
    _delete_ended(DryRun.objects.filter(queued_at__lt=Now() - KEPT_FOR))


def _delete_ended(dry_runs: QuerySet[DryRun], *, keep: int = 0) -> None:
    """Delete ended dry runs but the newest, a few at a time: each may have 10,000 rows."""
    ended = dry_runs.exclude(state__in=LIVE_STATES).order_by("-pk")
    some = list(ended.values_list("pk", flat=True)[keep : keep + _DELETED_TOGETHER])
    DryRun.objects.filter(pk__in=some).delete()


def _running(dry_run: DryRun) -> QuerySet[DryRun]:
    return DryRun.objects.filter(pk=dry_run.pk, state=State.RUNNING)


def _write(dry_run: DryRun, columns: Mapping[str, Any]) -> None:
    if not _running(dry_run).update(**columns):
        raise DryRunOver(f"Dry run {dry_run.pk} was deleted or given up")


def _columns(attempt: DryRunAttempt) -> dict[str, Any]:
    return {**asdict(attempt.progress), **asdict(attempt.counts)}


def _ending(error: RegistryError | None, *, is_partial: bool = False) -> dict[str, Any]:
    state = State.PARTIAL if is_partial else State.SUCCEEDED
    return {
        "state": State.FAILED if error else state,
        "phase": Phase.DONE,
        "finished_at": Now(),
        "alive_until": None,
        **error_columns(error),
    }


def _rows(dry_run: DryRun, changes: Iterable[TagChange]) -> list[DryRunChange]:
    return [
        DryRunChange(
            dry_run=dry_run,
            kind=change.kind,
            repository=change.key.repository,
            tag=change.key.tag,
            old_digest=change.old,
            new_digest=change.new,
            reason=change.reason,
        )
        for change in changes
    ]


def _was_synced_meanwhile(dry_run: DryRun) -> bool:
    live_or_ended_since = Q(state__in=LIVE_STATES) | Q(finished_at__gte=dry_run.started_at)
    return SyncRun.objects.filter(
        live_or_ended_since, registry=dry_run.registry_id, started_at__isnull=False
    ).exists()


def _alive_until() -> Any:
    return Now() + timedelta(seconds=settings.SYNC_LEASE_SECONDS)
