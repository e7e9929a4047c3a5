"""The rules for retries, and the delay before each."""

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
    """The cost limit of one request: a number of attempts, and a total wait after refusals."""

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
        """Return whether to wait: a refusal is not an attempt, only its time counts."""
        self._seconds -= seconds
        return self._seconds >= 0


def is_worth_a_retry(error: RegistryError) -> bool:
    """Return whether to retry: a host that was reached and missed its deadline would miss it
    again."""
    if isinstance(error, ConnectionTimedOut):
        return error.stage is Stage.ADDRESS
    return isinstance(error, NetworkError)


def backoff(attempt: int) -> float:
    """Return the seconds before the retry after ``attempt`` (from 1), with full jitter."""
    ceiling = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1))
    return random.uniform(0, ceiling)  # noqa: S311  nothing secret depends on it


def retry_after(value: str | None, now: float) -> float:
    """Return ``Retry-After`` as seconds from ``now``, or zero."""
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
