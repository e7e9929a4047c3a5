"""The change feed, which can be read from any point on without missing a change.

Ids are assigned before the commit: a reader may see event 10 while event 9 is not committed yet,
and would miss it after moving on. So each writer announces its first id in a shared advisory lock
that ends with its transaction. Readers stop there, and nobody ever waits
(docs/decisions/0017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from inventory.models import ImageEvent

# The upper 16 bits of a lock's key mark it as ours; the others hold the last id.
_OURS = 0x4847
_LAST_ID = {
    "postgresql": "SELECT last_value - (NOT is_called)::int FROM inventory_imageevent_id_seq",
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = 'inventory_imageevent'",
}
_ANNOUNCE = """
    SELECT pg_advisory_xact_lock_shared((%s::bigint << 48) | (last_value - (NOT is_called)::int))
    FROM inventory_imageevent_id_seq
"""
# pg_locks shows a key in two halves of 32 bits.
_LOWEST_ANNOUNCED = """
    SELECT min(((classid::bigint & 65535) << 32) | objid::bigint)
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = %s
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class End:
    """The end of the feed: the last id assigned, and the id up to which all are committed."""

    last_id: int
    settled: int


def append(events: Sequence[ImageEvent]) -> None:
    """Write events, in the transaction of the changes they record. The only way to add any."""
    if not events:
        return
    if connection.vendor == "postgresql":
        _scalar(_ANNOUNCE, _OURS)
    ImageEvent.objects.bulk_create(events)


def end() -> End:
    """Return how far the feed can be read now.

    The order of the queries matters: a writer that announces after the first gets higher ids, and
    one that announced before is seen by the second.
    """
    last_id = _scalar(_LAST_ID[connection.vendor]) or 0
    if connection.vendor != "postgresql":
        return End(last_id, last_id)
    announced = _scalar(_LOWEST_ANNOUNCED, _OURS)
    return End(last_id, last_id if announced is None else min(last_id, announced))


def _scalar(sql: str, *parameters: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    return row[0] if row else None
