"""What happens to a dry run. The only writer of its rows.

It holds no lease of the registry: a sync may go on beside it. Its worker renews ``alive_until``;
a worker that finds its row gone, or ended by another, stops. One that is lost ends it: nothing
depends on a dry run, so nobody takes it over.
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
from sync.enumeration.rehearsal import Difference, Rehearsal
from sync.models import (
    LIVE_DRY_RUN_STATES,
    LIVE_STATES,
    DryRun,
    DryRunChange,
    DryRunState,
    Phase,
    SyncRun,
)
from sync.runs import lifecycle

KEPT_FOR = timedelta(days=7)
KEPT_A_REGISTRY = 50
RING_AGAIN_AFTER = timedelta(seconds=30)
_PRUNED_AT_ONCE = 20


class DryRunInProgress(Exception):
    """The registry has a live dry run already: ``dry_run``."""

    code = "dry_run_in_progress"

    def __init__(self, dry_run: DryRun) -> None:
        super().__init__(f"{dry_run.registry.name} has a dry run already, number {dry_run.pk}")
        self.dry_run = dry_run


class DryRunOver(Exception):
    """It was deleted, or given up: its worker has nothing more to do."""


def request(registry_id: int, given: Mapping[str, Any], *, user: User | None = None) -> DryRun:
    """Queue a dry run. Raise DryRunInProgress, or ValidationError that names each wrong field."""
    registry = Registry.objects.get(pk=registry_id)
    proposed = proposal.differing(registry, given)
    try:
        with transaction.atomic():
            queued = DryRun.objects.create(
                registry=registry,
                requested_by=user,
                proposed=proposed,
                settings_before=proposal.settings_of(registry),
                queued_at=Now(),
                rung_at=Now(),
            )
    except IntegrityError:
        live = DryRun.objects.filter(registry=registry, state__in=LIVE_DRY_RUN_STATES).first()
        if live is None:
            raise
        raise DryRunInProgress(live) from None
    queued.refresh_from_db()
    return queued


def claim(dry_run_id: int) -> DryRun | None:
    """Take a queued one, with its registry as it is now. None: it is not to be had."""
    with transaction.atomic():
        won = DryRun.objects.filter(pk=dry_run_id, state=DryRunState.QUEUED).update(
            state=DryRunState.RUNNING, started_at=Now(), alive_until=_alive_until()
        )
        if not won:
            return None
        # The credential in the same query, as in registries.services.as_stored.
        taken = DryRun.objects.select_related("registry__credential").get(pk=dry_run_id)
        registry = taken.registry
        moment = lifecycle.now(registry.pk)
        taken.settings_before = proposal.settings_of(registry)
        taken.fingerprint = proposal.fingerprint(registry, taken.proposed)
        taken.due_before = taken.due_after = registry.next_sync_at
        if "schedule" in taken.proposed:
            taken.due_after = lifecycle.due_by(taken.proposed["schedule"], registry, moment)
        taken.save(update_fields=["settings_before", "fingerprint", "due_before", "due_after"])
    return taken


def renew(dry_run: DryRun, rehearsal: Rehearsal) -> None:
    """Show how far it is. Raise DryRunOver."""
    _write(dry_run, {**_columns(rehearsal), "alive_until": _alive_until()})


@transaction.atomic
def finish(
    dry_run: DryRun,
    rehearsal: Rehearsal,
    differences: Sequence[Difference],
    error: RegistryError | None = None,
) -> None:
    """End it, and keep what it has found. Raise DryRunOver."""
    if _is_synced_meanwhile(dry_run):
        rehearsal.warn(
            "synced_meanwhile",
            "A sync went on at the same time: the inventory may have changed in between",
            "Start another dry run for the difference as it is now",
        )
    found = {
        "kept": len(differences),
        "warnings": rehearsal.warnings,
        "failed_repositories": rehearsal.failed_repositories,
    }
    is_partial = bool(rehearsal.failed or rehearsal.held)
    _write(dry_run, _columns(rehearsal) | found | _end(error, is_partial=is_partial))
    DryRunChange.objects.bulk_create(_rows(dry_run, differences), batch_size=1000)
    _forget_some(DryRun.objects.filter(registry=dry_run.registry_id), but=KEPT_A_REGISTRY)


def release(dry_run: DryRun) -> None:
    """Put it back into the queue: this worker was told to stop."""
    _running(dry_run).update(state=DryRunState.QUEUED, phase=Phase.WAITING, alive_until=None)


@transaction.atomic
def delete(dry_run: DryRun, *, only_live: bool = False) -> bool:
    """Whether it was there to delete: its worker, if there is one, stops.

    The row is locked first. Its worker may be ending it, and what that adds would be left over.
    """
    row = DryRun.objects.select_for_update().filter(pk=dry_run.pk).first()
    if row is None or (only_live and not row.is_live):
        return False
    row.delete()
    return True


def forget(registry_id: int) -> None:
    """Delete all of a registry's, each locked first."""
    rows = DryRun.objects.select_for_update().filter(registry=registry_id)
    DryRun.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()


def give_up_lost() -> None:
    """End those whose worker has died, or is frozen."""
    error = WorkerLost("Worker lost: the one that was at this dry run died or froze")
    lost = DryRun.objects.filter(state=DryRunState.RUNNING, alive_until__lt=Now())
    lost.update(**_end(error))


def to_ring() -> list[int]:
    """Those that wait although a worker was called, for the caller to call one again."""
    waiting = DryRun.objects.filter(state=DryRunState.QUEUED, rung_at__lt=Now() - RING_AGAIN_AFTER)
    found = list(waiting.order_by("pk").values_list("pk", flat=True))
    return [pk for pk in found if waiting.filter(pk=pk).update(rung_at=Now())]


def prune() -> None:
    """Forget what is a week old."""
    _forget_some(DryRun.objects.filter(queued_at__lt=Now() - KEPT_FOR))


def _forget_some(found: QuerySet[DryRun], *, but: int = 0) -> None:
    """Of those that have ended, but for the newest; not all at once: each may have 10,000 rows."""
    ended = found.exclude(state__in=LIVE_DRY_RUN_STATES).order_by("-pk")
    some = list(ended.values_list("pk", flat=True)[but : but + _PRUNED_AT_ONCE])
    DryRun.objects.filter(pk__in=some).delete()


def _running(dry_run: DryRun) -> QuerySet[DryRun]:
    return DryRun.objects.filter(pk=dry_run.pk, state=DryRunState.RUNNING)


def _write(dry_run: DryRun, columns: Mapping[str, Any]) -> None:
    if not _running(dry_run).update(**columns):
        raise DryRunOver(f"Dry run {dry_run.pk} was deleted or given up")


def _columns(rehearsal: Rehearsal) -> dict[str, Any]:
    return {**asdict(rehearsal.progress), **asdict(rehearsal.counts)}


def _end(error: RegistryError | None, *, is_partial: bool = False) -> dict[str, Any]:
    state = DryRunState.PARTIAL if is_partial else DryRunState.SUCCEEDED
    return {
        "state": DryRunState.FAILED if error else state,
        "phase": Phase.DONE,
        "finished_at": Now(),
        "alive_until": None,
        "error_code": error.code if error else "",
        "error_message": str(error) if error else "",
        "error_hint": error.hint if error else "",
    }


def _rows(dry_run: DryRun, differences: Iterable[Difference]) -> list[DryRunChange]:
    return [
        DryRunChange(
            dry_run=dry_run,
            kind=one.kind,
            repository=one.key.repository,
            tag=one.key.tag,
            old_digest=one.old,
            new_digest=one.new,
            reason=one.reason,
        )
        for one in differences
    ]


def _is_synced_meanwhile(dry_run: DryRun) -> bool:
    on_or_ended = Q(state__in=LIVE_STATES) | Q(finished_at__gte=dry_run.started_at)
    return SyncRun.objects.filter(
        on_or_ended, registry=dry_run.registry_id, started_at__isnull=False
    ).exists()


def _alive_until() -> Any:
    return Now() + timedelta(seconds=settings.SYNC_LEASE_SECONDS)
