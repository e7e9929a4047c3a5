"""The history as a feed that can be read from any point on, and misses nothing (decision 0017).

Ids are given before the commit: a reader may see event 10 while event 9 is still to come, and
would never see it once it has gone past. So whoever writes tells from which id on, in a shared
advisory lock that ends with the transaction; readers stop there, and nobody ever waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from inventory.models import ImageEvent

# The upper 16 bits of a lock's key say that it is ours, the others which id was the last.
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
    """``last_id`` is the last that was given; up to ``settled`` no event is still to come."""

    last_id: int
    settled: int


def append(events: Sequence[ImageEvent]) -> None:
    """Write events, inside the transaction of what they tell of. There is no other door."""
    if not events:
        return
    if connection.vendor == "postgresql":
        _ask(_ANNOUNCE, _OURS)
    ImageEvent.objects.bulk_create(events)


def end() -> End:
    """How far the feed may be read now. The order of the questions matters: who announces after
    the first one gets higher ids, and who has announced before is seen by the second."""
    last_id = _ask(_LAST_ID[connection.vendor]) or 0
    if connection.vendor != "postgresql":
        return End(last_id, last_id)
    announced = _ask(_LOWEST_ANNOUNCED, _OURS)
    return End(last_id, last_id if announced is None else min(last_id, announced))


def _ask(sql: str, *parameters: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    return row[0] if row else None
