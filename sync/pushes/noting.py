"""Note what webhooks name, in the transaction that keeps the deliveries.

A push is a hint (docs/decisions/0022): what it names is read again. The first is due at once; what
names the same repository within a window after a read is due together, at the end of the window.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection

from sync.models import PendingPush
from sync.pushes.pending import Target, window

# Beyond this, the next full sync reads everything.
MOST_PENDING = 10_000

_NOTED_TOGETHER = 100
# In a burst these run hundreds of times per second, and building SQL would cost more than their
# work. Each row is looked up by itself: a table that was empty a moment ago is not analyzed, and
# for a list PostgreSQL would read everything that is pending for the registry.
_ID = "(SELECT id FROM sync_pendingpush WHERE registry_id = %s AND repository = %s AND tag = %s)"
_FIND = (
    "WITH found AS (SELECT repository, tag, due_at IS NOT NULL AS pends, read_at "
    "FROM sync_pendingpush WHERE id IN ({ids}) ORDER BY repository, tag {lock}) "
    "SELECT repository, tag, pends, read_at FROM found"
)
_AND_WHEN_READ = (
    " UNION ALL SELECT %s, NULL, NULL, "
    "(SELECT MAX(read_at) FROM sync_pendingpush WHERE registry_id = %s AND repository = %s)"
)
_NOTE = (
    "INSERT INTO sync_pendingpush "
    "(registry_id, repository, tag, noted_at, stamp, due_at, attempts) VALUES {rows} "
    "ON CONFLICT (registry_id, repository, tag) DO UPDATE SET "
    "noted_at = excluded.noted_at, stamp = excluded.stamp, "
    "due_at = COALESCE(sync_pendingpush.due_at, excluded.due_at), "
    "attempts = CASE WHEN sync_pendingpush.due_at IS NULL THEN 0 ELSE sync_pendingpush.attempts END"
)


@dataclass(slots=True)
class NoteResult:
    """The result of noting targets. ``new`` was not pending before; ``left_out`` is left to the
    next full sync, as too much is pending."""

    new: set[Target]
    left_out: set[Target]


@dataclass(slots=True)
class _Found:
    """The targets that have a row, and those of them that are pending."""

    pends: dict[Target, bool] = field(default_factory=dict)
    read_at: dict[str, datetime] = field(default_factory=dict)

    def read(self, repository: str, at: datetime) -> None:
        self.read_at[repository] = max(at, self.read_at.get(repository, at))

    def first_moment(self, target: Target, at: datetime) -> datetime:
        read_at = self.read_at.get(target.repository)
        return max(at, read_at + window()) if read_at else at


def note(registry_id: int, targets: Collection[Target], at: datetime) -> NoteResult:
    """Mark the targets to be read. Existing rows stay locked until the end of the transaction."""
    noted = NoteResult(set(), set())
    # Sorted, so that those who name the same targets write them in the same order.
    ordered = sorted(set(targets))
    for first in range(0, len(ordered), _NOTED_TOGETHER):
        _note(registry_id, ordered[first : first + _NOTED_TOGETHER], at, noted)
    return noted


def _note(registry_id: int, targets: Sequence[Target], at: datetime, noted: NoteResult) -> None:
    found = _find(registry_id, targets)
    missing = [target for target in targets if target not in found.pends]
    left_out = set(missing[_room(registry_id) :]) if missing else set()
    kept = [target for target in targets if target not in left_out]
    _write(registry_id, [(target, found.first_moment(target, at)) for target in kept], at)
    noted.new.update(target for target in kept if not found.pends.get(target))
    noted.left_out |= left_out


def _find(registry_id: int, targets: Sequence[Target]) -> _Found:
    """Find the targets' rows, locked where others may write too."""
    repositories = sorted({target.repository for target in targets})
    sql = _FIND.format(
        ids=", ".join([_ID] * len(targets)),
        lock=connection.ops.for_update_sql() if connection.features.has_select_for_update else "",
    )
    ids = [value for one in targets for value in (registry_id, one.repository, one.tag)]
    when_read = [value for name in repositories for value in (name, registry_id, name)]
    found = _Found()
    with connection.cursor() as cursor:
        cursor.execute(sql + _AND_WHEN_READ * len(repositories), [*ids, *when_read])
        for repository, tag, pends, read_at in cursor:
            if tag is not None:
                found.pends[Target(repository, tag)] = bool(pends)
            if read_at is not None:
                found.read(repository, _time(read_at))
    return found


def _time(value: datetime | str) -> datetime:
    """Return the time: SQLite stores times as text or without a zone, always in UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _room(registry_id: int) -> int:
    pending = PendingPush.objects.filter(registry=registry_id, due_at__isnull=False)
    return max(0, MOST_PENDING - pending.order_by()[:MOST_PENDING].count())


def _write(registry_id: int, rows: Sequence[tuple[Target, datetime]], at: datetime) -> None:
    if not rows:
        return
    adapted = connection.ops.adapt_datetimefield_value
    noted_at, stamp = adapted(at), secrets.randbits(62)
    columns = [
        value
        for one, due_at in rows
        for value in (registry_id, one.repository, one.tag, noted_at, stamp, adapted(due_at))
    ]
    sql = _NOTE.format(rows=", ".join(["(%s, %s, %s, %s, %s, %s, 0)"] * len(rows)))
    with connection.cursor() as cursor:
        cursor.execute(sql, columns)
