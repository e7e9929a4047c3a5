"""When an exchange is worth another try, and how long to wait before it."""

from __future__ import annotations

import random
from datetime import UTC
from email.utils import parsedate_to_datetime

from registries.errors import ConnectionTimedOut, NetworkError, RegistryError, Stage
from registries.transport.limits import Limits

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0


class Tries:
    """What one question may cost: so many attempts, and so long a wait where it is refused."""

    def __init__(self, limits: Limits) -> None:
        self._attempts = limits.attempts
        self._seconds = limits.retry_after_seconds
        self._made = 1

    @property
    def is_first(self) -> bool:
        return self._made == 1

    @property
    def are_over(self) -> bool:
        return self._made >= self._attempts

    def next_wait(self) -> float:
        wait = backoff(self._made)
        self._made += 1
        return wait

    def may_wait(self, seconds: float) -> bool:
        """A refusal is no attempt: only the time that it takes is counted."""
        self._seconds -= seconds
        return self._seconds >= 0


def is_worth_a_retry(error: RegistryError) -> bool:
    """A host that was reached and used up its deadline would only use it up again."""
    if isinstance(error, ConnectionTimedOut):
        return error.stage is Stage.ADDRESS
    return isinstance(error, NetworkError)


def backoff(attempt: int) -> float:
    """Seconds before the try after ``attempt`` (from 1): full jitter, so that threads part."""
    ceiling = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1))
    return random.uniform(0, ceiling)  # noqa: S311  nothing secret depends on it


def retry_after(value: str | None, now: float) -> float:
    """``Retry-After`` as seconds from ``now``; zero where it is missing or says nothing."""
    if not value:
        return 0.0
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
