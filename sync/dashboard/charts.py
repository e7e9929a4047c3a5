"""Layout of the overview's charts, in SVG units. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from registries.models import Status
from sync.dashboard.days import Day

HEIGHT = 60.0
STEP = 10.0
WIDTH = 8.0
_MINIMUM = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A day's bar, with its parts stacked from the bottom."""

    day: Day
    x: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Share:
    status: Status
    count: int
    x: float
    width: float
    percent: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of a chart; ``sums`` are totals over all days, by kind."""

    bars: Sequence[Bar]
    sums: Mapping[str, int]
    height: float = HEIGHT
    bar_width: float = WIDTH

    @property
    def width(self) -> float:
        return len(self.bars) * STEP

    @property
    def total(self) -> int:
        return sum(self.sums.values())


def changes_chart(days: Sequence[Day]) -> Chart:
    """Return bars on a square-root scale, so that a registry's first sync does not flatten them."""
    most = max(day.changes for day in days) or 1
    heights = [HEIGHT * sqrt(day.changes / most) for day in days]
    return _chart(days, heights, ("added", "restored", "moved", "removed"))


def syncs_chart(days: Sequence[Day]) -> Chart:
    """Return bars of equal height that show the share of each outcome."""
    heights = [HEIGHT if day.syncs else 0.0 for day in days]
    return _chart(days, heights, ("succeeded", "partial", "failed"))


def shares(counts: Mapping[Status, int]) -> list[Share]:
    """Return adjacent segments, 100 wide in total; any count above 0 is wide enough to be seen."""
    total = sum(counts.values())
    widths = {status: max(1.0, 100 * count / total) for status, count in counts.items() if count}
    scale = 100 / sum(widths.values()) if widths else 0.0
    found, x = [], 0.0
    for status, count in counts.items():
        width = widths.get(status, 0.0) * scale
        percent = 100 * count / total if total else 0.0
        found.append(Share(status, count, round(x, 2), round(width, 2), percent))
        x += width
    return found


def _chart(days: Sequence[Day], heights: Sequence[float], kinds: Sequence[str]) -> Chart:
    bars = []
    for number, (day, height) in enumerate(zip(days, heights, strict=True)):
        counts = {kind: getattr(day, kind) for kind in kinds}
        left = number * STEP + (STEP - WIDTH) / 2
        bars.append(Bar(day, left, tuple(_stacked(counts, height))))
    return Chart(bars, {kind: sum(getattr(day, kind) for day in days) for kind in kinds})


def _stacked(counts: Mapping[str, int], height: float) -> Iterator[Part]:
    """Yield parts from the bottom up; any count above 0 is high enough to be seen."""
    total = sum(counts.values())
    if not total:
        yield Part("none", HEIGHT - _MINIMUM, _MINIMUM)
    foot = HEIGHT
    for kind, count in counts.items():
        if count:
            part = max(_MINIMUM, height * count / total)
            foot = max(0.0, foot - part)
            yield Part(kind, round(foot, 2), round(part, 2))
