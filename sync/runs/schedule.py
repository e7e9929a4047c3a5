"""Due times of registries. Pure: values and ``now`` in, values out.

daily and weekly count from the last success. After a failure retries back off, further if they
cannot succeed before somebody changes something (docs/decisions/0010).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

INTERVALS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
STALE_AFTER = timedelta(hours=24)

_RETRY_FIRST = timedelta(minutes=5)
_RETRY_MOST = timedelta(hours=6)
_PERMANENT_FIRST = timedelta(hours=1)
_PERMANENT_MOST = timedelta(hours=24)
_LEAST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=24)
_SMEAR_SHARE = 0.05
_SMEAR_MOST = timedelta(minutes=30)


def after_success(schedule: str, finished_at: datetime, random: Random) -> datetime | None:
    """Return the next regular sync: never early, with a random delay to spread registries out."""
    interval = INTERVALS.get(schedule)
    if interval is None:
        return None
    return finished_at + interval + random.random() * min(interval * _SMEAR_SHARE, _SMEAR_MOST)


def after_failure(
    schedule: str,
    finished_at: datetime,
    *,
    failures: int,
    permanent: bool,
    retry_after: float | None,
    random: Random,
) -> datetime | None:
    """Return the next retry after ``failures`` in a row, no earlier than the registry allows.

    A registry that asks for more than a day is retried after a day.
    """
    if schedule not in INTERVALS:
        return None
    wait = max(backoff(failures, permanent=permanent, random=random), _LEAST_WAIT)
    if retry_after is not None:
        wait = max(wait, timedelta(seconds=min(retry_after, _LONGEST_WAIT.total_seconds())))
    return finished_at + wait


def backoff(failures: int, *, permanent: bool, random: Random) -> timedelta:
    """Return a delay with full jitter: random, below a ceiling that doubles with each failure."""
    first, most = (_PERMANENT_FIRST, _PERMANENT_MOST) if permanent else (_RETRY_FIRST, _RETRY_MOST)
    doublings = min(max(failures - 1, 0), 20)
    ceiling: timedelta = min(most, first * 2**doublings)
    floor = first if permanent else timedelta(0)
    return floor + random.random() * (ceiling - floor)


def first_due(schedule: str, since: datetime, now: datetime) -> datetime | None:
    """Return when a registry is due, counted from ``since``: its last success, or its creation."""
    interval = INTERVALS.get(schedule)
    if interval is None:
        return None
    return max(now, since + interval)


def is_due(schedule: str, next_sync_at: datetime | None, now: datetime) -> bool:
    return schedule in INTERVALS and next_sync_at is not None and next_sync_at <= now


def is_stale(started_at: datetime | None, queued_at: datetime, now: datetime) -> bool:
    """Return whether a live run is so old that a user may start over."""
    return now - (started_at or queued_at) > STALE_AFTER
