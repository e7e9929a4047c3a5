"""Pending pushes: what webhooks named and is still to be read. ``sync.pushes.noting`` writes them.

Writers lock several rows in order, as everybody must here: two that wait for each other would cost
one of them its transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from harborguard.clock import Now
from registries.errors import RegistryError
from sync.models import PendingPush
from sync.pushes import deliveries

READ_TOGETHER = 200

_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600))
_LONGEST_WAIT = timedelta(hours=6)
_IDLE_KEPT = timedelta(minutes=10)
_PRUNED_TOGETHER = 1000
_PRUNED_A_TICK = 20


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A tag to read; without a tag, the whole repository."""

    repository: str
    tag: str = ""


def due(registry_id: int) -> list[PendingPush]:
    """Return what is due now, the longest waiting first."""
    return list(_due(registry_id).order_by("due_at", "pk")[:READ_TOGETHER])


def due_in(registry_id: int) -> float | None:
    """Return in how many seconds the next target is due, or None where nothing is pending."""
    row = (
        PendingPush.objects.filter(registry=registry_id, due_at__isnull=False)
        .order_by("due_at")
        .values_list("due_at", Now())
        .first()
    )
    return max(0.0, (row[0] - row[1]).total_seconds()) if row else None


def lock(rows: Collection[PendingPush]) -> None:
    """Lock rows before some are settled and others postponed in one transaction."""
    _stamps(rows)


def settle(registry_id: int, read: Collection[PendingPush], run_id: int) -> None:
    """Mark rows as read. What was named again meanwhile is read again, a window later."""
    unchanged, renewed = _sorted_by_stamp(read)
    now = Now()
    _rows(unchanged).update(due_at=None, read_at=now, attempts=0)
    _rows(renewed).update(due_at=now + window(), read_at=now, attempts=0)
    deliveries.link(registry_id, unchanged, run_id)


def postpone(registry_id: int, unread: Collection[PendingPush], error: RegistryError) -> None:
    """Retry rows that could not be read, a few times with a growing delay."""
    lock(unread)
    wait = min(timedelta(seconds=error.retry_after or 0), _LONGEST_WAIT)
    tries = len(_DELAYS) if not error.permanent else 0
    for attempts, delay in enumerate(_DELAYS[:tries]):
        again = _rows(row for row in unread if row.attempts == attempts)
        again.update(due_at=Now() + max(delay, wait), attempts=F("attempts") + 1)
    given_up = [row for row in unread if row.attempts >= tries]
    unchanged, renewed = _sorted_by_stamp(given_up)
    _rows(unchanged).update(due_at=None, attempts=0)
    _rows(renewed).update(due_at=Now() + _DELAYS[-1], attempts=0)
    if unchanged:
        deliveries.give_up(registry_id, unchanged, str(error))


def postpone_all(registry_id: int, error: RegistryError) -> None:
    """Postpone everything: the registry itself cannot be read."""
    postpone(registry_id, list(_due(registry_id)), error)


def registries_due() -> list[int]:
    rows = PendingPush.objects.filter(due_at__lte=Now()).order_by("registry")
    return list(rows.values_list("registry", flat=True).distinct())


def prune() -> None:
    """Delete rows of repositories that nothing has named for a while, in batches."""
    for _ in range(_PRUNED_A_TICK):
        if _forget_some() < _PRUNED_TOGETHER:
            return


def window() -> timedelta:
    return timedelta(seconds=settings.PUSH_WINDOW_SECONDS)


@transaction.atomic
def _forget_some() -> int:
    idle = PendingPush.objects.filter(due_at=None, read_at__lt=Now() - _IDLE_KEPT)
    # A row that is being named right now is not idle, and not worth the wait.
    free = idle.select_for_update(skip_locked=True).order_by("read_at")
    some = list(free.values_list("pk", flat=True)[:_PRUNED_TOGETHER])
    PendingPush.objects.filter(pk__in=some).delete()
    return len(some)


def _due(registry_id: int) -> QuerySet[PendingPush]:
    return PendingPush.objects.filter(registry=registry_id, due_at__lte=Now())


def _sorted_by_stamp(
    read: Collection[PendingPush],
) -> tuple[Sequence[PendingPush], Sequence[PendingPush]]:
    """Return the rows as the reader found them, and those named again. Locks them."""
    stamps = _stamps(read)
    unchanged = [row for row in read if stamps.get(row.pk) == row.stamp]
    return unchanged, [row for row in read if row.pk in stamps and stamps[row.pk] != row.stamp]


def _stamps(rows: Iterable[PendingPush]) -> dict[int, int]:
    """Return the current stamps, locked until the end of the transaction."""
    locked = _rows(rows).select_for_update().order_by("repository", "tag")
    return dict(locked.values_list("pk", "stamp"))


def _rows(rows: Iterable[PendingPush]) -> QuerySet[PendingPush]:
    return PendingPush.objects.filter(pk__in=[row.pk for row in rows])
