"""Estimate how fast a run reads and how long it still takes. Pure: values in, values out.

The estimate combines the pace of this attempt with the duration of recent successful runs; the
further it is, the more its own pace counts. Without either there is no estimate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

# Rates over less time than this are random.
_EARLIEST = timedelta(seconds=2)
_FEWEST_DONE = 5


@dataclass(frozen=True, slots=True)
class Past:
    """A successful run before this one."""

    took: timedelta
    repositories: int


@dataclass(frozen=True, slots=True)
class SoFar:
    """The progress of an attempt that started ``elapsed`` ago. ``listed`` is None until all are
    listed."""

    elapsed: timedelta
    listed: int | None = None
    done: int = 0


def per_second(count: int, elapsed: timedelta) -> float | None:
    """Return the rate of this attempt, or None if it is too early."""
    if elapsed < _EARLIEST or not count:
        return None
    return count / elapsed.total_seconds()


def time_left(so_far: SoFar, past: Sequence[Past]) -> timedelta | None:
    """Return the time left, never negative, or None if it is unknown."""
    by_past, by_pace = _by_past(so_far, past), _by_pace(so_far)
    if by_pace is None or by_past is None:
        return by_past if by_pace is None else by_pace
    share = so_far.done / (so_far.listed or so_far.done)
    return by_pace * share + by_past * (1 - share)


def in_words(left: timedelta) -> str:
    seconds = left.total_seconds()
    if seconds < 10:
        return "a few seconds left"
    if seconds < 60:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} minute{'' if minutes == 1 else 's'} left"
    hours = round(minutes / 60)
    return f"about {hours} hours left" if hours < 48 else f"about {round(hours / 24)} days left"


def _by_pace(so_far: SoFar) -> timedelta | None:
    """Estimate by this attempt's time per repository. None if too few are done, or only missing
    tags are left to check."""
    if so_far.done < _FEWEST_DONE or so_far.elapsed < _EARLIEST:
        return None
    if so_far.listed is None or so_far.done >= so_far.listed:
        return None
    return so_far.elapsed / so_far.done * (so_far.listed - so_far.done)


def _by_past(so_far: SoFar, past: Sequence[Past]) -> timedelta | None:
    """Estimate by earlier runs. None once this one has taken longer.

    A registry that has grown takes proportionally longer.
    """
    if not past:
        return None
    usual = timedelta(seconds=median(run.took.total_seconds() for run in past))
    repositories = median(run.repositories for run in past)
    if so_far.listed and repositories:
        usual *= so_far.listed / repositories
    left = usual - so_far.elapsed
    return left if left > timedelta(0) else None
