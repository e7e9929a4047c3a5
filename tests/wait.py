"""Wait for what another process does: look often, give up after a while, and say at what."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection

_WAITING_FOR_A_LOCK = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def wait_until(reached: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds} s: {what}")
        time.sleep(0.02)


def somebody_waits_for_a_lock() -> bool:
    """Return whether a PostgreSQL session of this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_FOR_A_LOCK)
        return bool(cursor.fetchone()[0])
