"""Repeat transactions that the database ends because of a deadlock.

A writer of several targets locks the existing ones in order and then inserts the others. What
somebody else inserts in between breaks that order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

Result = TypeVar("Result")

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_DEADLOCK_DETECTED = "40P01"
_TRIES_MOST = 4


def outlasting_deadlocks(write: Callable[[], Result]) -> Result:
    """Run ``write``, a single transaction that changes nothing but the database. Raise what it
    raises."""
    for _ in range(1, _TRIES_MOST):
        try:
            return write()
        except OperationalError as error:
            if connection.in_atomic_block or not _is_deadlock(error):
                raise
    return write()


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == _DEADLOCK_DETECTED
