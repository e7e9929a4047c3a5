"""The only writer of what is to be read because of pushes.

A push is a hint (decision 12): what it names is read again. The first is due at once; what
names the same repository within a window after a read is due together, at the window's end.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max, QuerySet

from harborguard.clock import Now
from registries.errors import RegistryError
from sync import deliveries
from sync.models import PendingPush

READ_TOGETHER = 200
# More than this waits for the next full sync, which reads everything.
MOST_PENDING = 10_000

_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600))
_LONGEST_WAIT = timedelta(hours=6)
_IDLE_KEPT = timedelta(minutes=10)
_PRUNED_TOGETHER = 1000
_NOTED_IN_TURNS = 5
# In a burst most of it is pending already, and making SQL would cost more than the change.
_NOTE_AGAIN = (
    "UPDATE sync_pendingpush SET noted_at = %s, stamp = %s "
    "WHERE registry_id = %s AND repository = %s AND tag = %s AND due_at IS NOT NULL"
)


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """What a push names; without a tag, all of the repository."""

    repository: str
    tag: str = ""


class TooMany(Exception):
    """So much is pending that more is left to the next full sync."""


def note(registry_id: int, targets: Iterable[Target], at: datetime) -> bool:
    """Let the targets be read, in the transaction that keeps their delivery.

    Return whether any of them was not pending already. Raise TooMany; those before are noted.
    """
    # Two deliveries that name the same targets lock them in the same order.
    are_new = [_note(registry_id, target, at) for target in sorted(set(targets))]
    return any(are_new)


def due(registry_id: int) -> list[PendingPush]:
    """What is to be read now, the longest waiting first."""
    return list(_due(registry_id).order_by("due_at", "pk")[:READ_TOGETHER])


def due_in(registry_id: int) -> float | None:
    """In how many seconds the next target is due: 0 where one is, None where nothing pends."""
    row = (
        PendingPush.objects.filter(registry=registry_id, due_at__isnull=False)
        .order_by("due_at")
        .values_list("due_at", Now())
        .first()
    )
    return max(0.0, (row[0] - row[1]).total_seconds()) if row else None


def settle(registry_id: int, read: Collection[PendingPush], run_id: int) -> None:
    """They have been read. What was named again meanwhile is read again, a window later."""
    unchanged, renewed = _sorted_by_stamp(read)
    now = Now()
    _rows(unchanged).update(due_at=None, read_at=now, attempts=0)
    _rows(renewed).update(due_at=now + window(), read_at=now, attempts=0)
    deliveries.link(registry_id, unchanged, run_id)


def postpone(registry_id: int, unread: Collection[PendingPush], error: RegistryError) -> None:
    """They could not be read: once more after a growing delay, a few times."""
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
    """Nothing of the registry can be read."""
    postpone(registry_id, list(_due(registry_id)), error)


def registries_due() -> list[int]:
    rows = PendingPush.objects.filter(due_at__lte=Now()).order_by("registry")
    return list(rows.values_list("registry", flat=True).distinct())


def prune() -> None:
    """Forget when repositories were read that nothing has named for a while."""
    idle = PendingPush.objects.filter(due_at=None, read_at__lt=Now() - _IDLE_KEPT)
    some = list(idle.values_list("pk", flat=True).order_by("read_at")[:_PRUNED_TOGETHER])
    PendingPush.objects.filter(pk__in=some, due_at=None).delete()


def window() -> timedelta:
    return timedelta(seconds=settings.PUSH_WINDOW_SECONDS)


def _note(registry_id: int, target: Target, at: datetime) -> bool:
    if _note_again(registry_id, target, at):
        return False
    columns = {"noted_at": at, "stamp": secrets.randbits(62)}
    key = {"registry_id": registry_id, "repository": target.repository, "tag": target.tag}
    row = PendingPush.objects.filter(**key)
    for _ in range(_NOTED_IN_TURNS):
        due_at = _first_moment(registry_id, target.repository, at)
        if row.filter(due_at=None).update(**columns, due_at=due_at, attempts=0):
            return True
        if _pending_count(registry_id) >= MOST_PENDING:
            raise TooMany
        try:
            with transaction.atomic():
                PendingPush.objects.create(**key, **columns, due_at=due_at)
        except IntegrityError:  # another delivery was first
            if _note_again(registry_id, target, at):
                return False
            continue
        return True
    raise TooMany


def _note_again(registry_id: int, target: Target, at: datetime) -> bool:
    """Whether it is pending already."""
    noted_at = connection.ops.adapt_datetimefield_value(at)
    stamp = secrets.randbits(62)
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_AGAIN, [noted_at, stamp, registry_id, target.repository, target.tag])
        return bool(cursor.rowcount)


def _first_moment(registry_id: int, repository: str, at: datetime) -> datetime:
    rows = PendingPush.objects.filter(registry=registry_id, repository=repository)
    read_at: datetime | None = rows.aggregate(last=Max("read_at"))["last"]
    return max(at, read_at + window()) if read_at else at


def _pending_count(registry_id: int) -> int:
    pending = PendingPush.objects.filter(registry=registry_id, due_at__isnull=False)
    return pending.order_by()[:MOST_PENDING].count()


def _due(registry_id: int) -> QuerySet[PendingPush]:
    return PendingPush.objects.filter(registry=registry_id, due_at__lte=Now())


def _sorted_by_stamp(
    read: Collection[PendingPush],
) -> tuple[Sequence[PendingPush], Sequence[PendingPush]]:
    """Those that are as the reader has found them, and those named again. Locks them."""
    rows = _rows(read).select_for_update().order_by("repository", "tag")
    stamps = dict(rows.values_list("pk", "stamp"))
    unchanged = [row for row in read if stamps.get(row.pk) == row.stamp]
    return unchanged, [row for row in read if row.pk in stamps and stamps[row.pk] != row.stamp]


def _rows(rows: Iterable[PendingPush]) -> QuerySet[PendingPush]:
    return PendingPush.objects.filter(pk__in=[row.pk for row in rows])
