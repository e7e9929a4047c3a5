"""Where the bars of the overview's charts stand. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from registries.models import Status
from sync.dashboard.days import Day

HEIGHT = 60.0
STEP = 10.0
WIDTH = 8.0
_LEAST = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, its parts upon each other from below."""

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
    """``sums`` are those of all days, by kind."""

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
    """As high as the square root of the number: the day on which a registry was first read does
    not flatten all others."""
    most = max(day.changes for day in days) or 1
    heights = [HEIGHT * sqrt(day.changes / most) for day in days]
    return _chart(days, heights, ("added", "restored", "moved", "removed"))


def syncs_chart(days: Sequence[Day]) -> Chart:
    """All as high: what counts is the share that went well."""
    heights = [HEIGHT if day.syncs else 0.0 for day in days]
    return _chart(days, heights, ("well", "in_part", "failed"))


def shares(counts: Mapping[Status, int]) -> list[Share]:
    """Beside each other, in all 100 wide; what there is, is to be seen, however few they are."""
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
    """From below; each part that is there at all is high enough to be seen."""
    total = sum(counts.values())
    if not total:
        yield Part("none", HEIGHT - _LEAST, _LEAST)
    foot = HEIGHT
    for kind, count in counts.items():
        if count:
            part = max(_LEAST, height * count / total)
            foot = max(0.0, foot - part)
            yield Part(kind, round(foot, 2), round(part, 2))
