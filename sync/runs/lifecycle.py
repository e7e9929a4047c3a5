"""The lifecycle of a run and its registry's sync state. The only writer of both.

Every step is a conditional UPDATE on the database's clock, and the number of rows says whether it
happened. A claim increments the registry's fence, and every later write must hold it: a worker that
froze, and wakes up after another took over, writes nothing (docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from harborguard.access.models import User
from harborguard.clock import Now
from registries.errors import RegistryError, WorkerLost
from registries.models import Registry, Status
from sync.models import LIVE_STATES, Phase, State, SyncRun, Trigger
from sync.runs import outcomes, schedule

MOST_ATTEMPTS = 3


class SyncInProgress(Exception):
    """The registry has a live run: ``run``."""

    code = "sync_in_progress"

    def __init__(self, run: SyncRun) -> None:
        super().__init__(f"A sync of {run.registry.name} is in progress (run {run.pk})")
        self.run = run


class LeaseLost(Exception):
    """A takeover, a user or a changed configuration has fenced this worker off."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a run, while the fence stands and the lease is renewed."""

    run_id: int
    registry_id: int
    fence: int


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an attempt. The names are columns of ``SyncRun``."""

    phase: Phase = Phase.WAITING
    repositories_listed: int = 0
    repositories_read: int = 0
    repositories_failed: int = 0
    tags_seen: int = 0
    requests_sent: int = 0
    bytes_read: int = 0

    @classmethod
    def of(cls, run: SyncRun) -> Progress:
        return cls(**{name: getattr(run, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a run. ``retry_after`` is the delay the registry asks for, in seconds."""

    state: State
    progress: Progress
    held: int = 0
    error: RegistryError | None = None
    warnings: Sequence[dict[str, str]] = ()
    failed_repositories: Sequence[dict[str, str]] = ()
    repository_count: int | None = None
    image_count: int | None = None


@transaction.atomic
def request(
    registry_id: int,
    trigger: Trigger,
    *,
    user: User | None = None,
    confirms_removals: bool = False,
) -> SyncRun:
    """Queue a run. Raise SyncInProgress if a live one may not be superseded.

    One may be if its lease has expired, if it is older than a day, or if it is a push run, whose
    targets this one reads too.
    """
    registry = Registry.objects.select_for_update().get(pk=registry_id)
    live = SyncRun.objects.filter(registry=registry, state__in=LIVE_STATES).first()
    if live is not None:
        if not may_be_superseded(live, registry):
            raise SyncInProgress(live)
        _supersede(live)
    run = _queue(registry, trigger, requested_by=user, confirms_removals=confirms_removals)
    Registry.objects.filter(pk=registry_id).update(status=Status.SYNCING)
    return run


def request_push_run(registry: Registry) -> SyncRun | None:
    """Queue a push run of a registry whose row the caller has locked, or return None.

    A live run reads what is due itself. After failures the next one waits, ever longer.
    """
    if has_live_run(registry.pk) or outcomes.pushes_wait(registry.pk, now(registry.pk)):
        return None
    return _queue(registry, Trigger.PUSH)


def has_live_run(registry_id: int) -> bool:
    return SyncRun.objects.filter(registry=registry_id, state__in=LIVE_STATES).exists()


def is_push_run_waiting() -> bool:
    """Return whether some push run has no worker yet."""
    return SyncRun.objects.filter(state=State.QUEUED, trigger=Trigger.PUSH).exists()


def claim(run_id: int, owner: str) -> Claim | None:
    """Take a queued run, or one whose worker is fenced off. Return None if it cannot be taken.

    The attempt counts if the worker before was lost, not if an edit fenced it off.
    """
    with transaction.atomic():
        rows = Registry.objects.select_for_update(of=("self",)).filter(runs=run_id)
        registry = rows.first()
        lease = _take_lease(run_id)
        if registry is None or lease is None:
            return None
        run = SyncRun.objects.get(pk=run_id)
        shut_out = run.state == State.RUNNING and registry.lease_until is None
        attempt = run.attempt if shut_out else run.attempt + 1
        if attempt > MOST_ATTEMPTS:
            transaction.set_rollback(True)
            return None
        SyncRun.objects.filter(pk=run_id).update(
            state=State.RUNNING,
            attempt=attempt,
            owner=owner[:120],
            started_at=Coalesce("started_at", Now()),
            **asdict(Progress()),
        )
        if run.trigger != Trigger.PUSH:
            Registry.objects.filter(pk=lease.registry_id).update(last_attempt_at=Now())
        return lease


def renew(claim: Claim, progress: Progress | None = None, **written: int) -> None:
    """Renew the lease, first in every transaction that writes. Raise LeaseLost.

    ``progress`` replaces the run's; ``written`` is added to its counters.
    """
    held = Registry.objects.filter(
        pk=claim.registry_id, fence=claim.fence, lease_until__isnull=False
    ).update(lease_until=_lease_end())
    columns: dict[str, Any] = {name: F(name) + count for name, count in written.items()}
    if progress is not None:
        columns |= asdict(progress)
    # Fenced like the first: outside a transaction, a worker may freeze between the two.
    mine = SyncRun.objects.filter(pk=claim.run_id, fence=claim.fence, state=State.RUNNING)
    if not held or (columns and not mine.update(**columns)):
        raise LeaseLost(f"Run {claim.run_id} is no longer this worker's")


@transaction.atomic
def finish(claim: Claim, result: Result) -> None:
    """End the run, and update the registry. Raise LeaseLost."""
    renew(claim, result.progress)
    error = result.error
    SyncRun.objects.filter(pk=claim.run_id).update(
        state=result.state,
        # A failed run keeps the phase in which it failed.
        phase=Phase.DONE if error is None else result.progress.phase,
        finished_at=Now(),
        held=result.held,
        **outcomes.error_columns(error),
        warnings=list(result.warnings),
        failed_repositories=list(result.failed_repositories),
    )
    run = SyncRun.objects.select_related("registry").get(pk=claim.run_id)
    if run.trigger == Trigger.PUSH:
        columns = outcomes.after_pushes(run.registry, error)
    else:
        columns = outcomes.after_sync(run.registry, error, now(claim.registry_id))
        if error is None:
            columns["last_sync_at"] = Now()
    columns["lease_until"] = None
    if result.repository_count is not None:
        columns["repository_count"] = result.repository_count
    if result.image_count is not None:
        columns["image_count"] = result.image_count
    Registry.objects.filter(pk=claim.registry_id).update(**columns)


@transaction.atomic
def release(claim: Claim) -> None:
    """Return a run to the queue for another worker: this one is shutting down."""
    renew(claim)
    SyncRun.objects.filter(pk=claim.run_id).update(
        state=State.QUEUED, phase=Phase.WAITING, attempt=F("attempt") - 1, owner=""
    )
    Registry.objects.filter(pk=claim.registry_id).update(lease_until=None)


def reschedule(registry_id: int, *, forget_failures: bool = False) -> None:
    """Reschedule a registry after a change of its schedule or credentials."""
    with transaction.atomic():
        registry = Registry.objects.select_for_update().get(pk=registry_id)
        columns: dict[str, Any] = {
            "next_sync_at": due_by(registry.schedule, registry, now(registry_id))
        }
        if forget_failures:
            columns["consecutive_failures"] = 0
        Registry.objects.filter(pk=registry_id).update(**columns)


def due_by(rule: str, registry: Registry, moment: datetime) -> datetime | None:
    """Return when a registry is due with this schedule, failures forgotten."""
    return schedule.first_due(rule, registry.last_sync_at or registry.created_at, moment)


def may_be_superseded(run: SyncRun, registry: Registry) -> bool:
    """Return whether a live run gives way: it is lost, so old that a user may start over, or a push
    run."""
    if run.trigger == Trigger.PUSH:
        return True
    moment = now(registry.pk)
    if schedule.is_stale(run.started_at, run.queued_at, moment):
        return True
    lease = registry.lease_until
    return run.state == State.RUNNING and (lease is None or lease < moment)


def now(registry_id: int) -> datetime:
    """Return the database's time, the one clock that all workers share."""
    moment: datetime = Registry.objects.filter(pk=registry_id).values_list(Now(), flat=True).get()
    return moment


def _lease_end() -> Any:
    return Now() + timedelta(seconds=settings.SYNC_LEASE_SECONDS)


def _queue(registry: Registry, trigger: Trigger, **columns: Any) -> SyncRun:
    run: SyncRun = SyncRun.queue(registry=registry, trigger=trigger, **columns)
    return run


def _supersede(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk, state__in=LIVE_STATES).update(
        state=State.SUPERSEDED, phase=Phase.DONE, finished_at=Now()
    )
    Registry.objects.filter(pk=run.registry_id).fence_off()


def _take_lease(run_id: int) -> Claim | None:
    """Increment the fence if nobody holds the lease. Of many at once, one wins."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    won = Registry.objects.filter(
        free, pk__in=SyncRun.objects.filter(pk=run_id, state__in=LIVE_STATES).values("registry_id")
    ).update(fence=F("fence") + 1, lease_until=_lease_end())
    if not won:
        return None
    registry_id, fence = Registry.objects.values_list("pk", "fence").get(runs=run_id)
    SyncRun.objects.filter(pk=run_id).update(fence=fence)
    return Claim(run_id, registry_id, fence)


def give_up(run: SyncRun) -> WorkerLost | None:
    """End a run that has cost too many workers, and return why; None if a worker has it after
    all."""
    error = WorkerLost(
        f"Worker lost: {run.attempt} workers in a row died or froze while they ran this"
    )
    with transaction.atomic():
        lease = _take_lease(run.pk)
        if lease is None:
            return None
        finish(lease, Result(State.FAILED, Progress.of(run), error=error))
    return error
