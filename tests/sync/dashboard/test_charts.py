from __future__ import annotations

from datetime import date, timedelta

from registries.models import Status
from sync.dashboard.charts import HEIGHT, Bar, changes_chart, shares, syncs_chart
from sync.dashboard.days import Day

FIRST = date(2026, 3, 1)


def days(*brought: dict[str, int]) -> list[Day]:
    return [Day(FIRST + timedelta(number), **one) for number, one in enumerate(brought)]


def top(bar: Bar) -> float:
    return min(part.y for part in bar.parts)


def test_the_busiest_day_fills_the_chart_on_a_square_root_scale() -> None:
    chart = changes_chart(days({"added": 100}, {"moved": 25}))

    assert [top(bar) for bar in chart.bars] == [0.0, HEIGHT / 2]
    assert chart.sums == {"added": 100, "restored": 0, "moved": 25, "removed": 0}


def test_parts_are_stacked() -> None:
    (bar,) = changes_chart(days({"added": 1, "moved": 1, "removed": 2})).bars

    assert [(part.kind, part.y, part.height) for part in bar.parts] == [
        ("added", 45.0, 15.0),
        ("moved", 30.0, 15.0),
        ("removed", 0.0, 30.0),
    ]


def test_one_failure_among_thousands_is_visible() -> None:
    (bar,) = syncs_chart(days({"succeeded": 9999, "failed": 1})).bars

    assert [part.kind for part in bar.parts] == ["succeeded", "failed"]
    assert all(part.height >= 2 and part.y >= 0 for part in bar.parts)


def test_an_empty_day_differs_from_a_bad_one() -> None:
    none, bad = syncs_chart(days({}, {"failed": 3})).bars

    assert [part.kind for part in none.parts] == ["none"]
    assert [(part.kind, part.height) for part in bad.parts] == [("failed", HEIGHT)]


def test_an_empty_chart_is_flat() -> None:
    chart = changes_chart(days({}, {}))

    assert chart.total == 0
    assert {part.kind for bar in chart.bars for part in bar.parts} == {"none"}


def test_shares_fill_the_width_and_the_smallest_is_visible() -> None:
    found = shares({Status.ERROR: 1, Status.SYNCING: 0, Status.CONNECTED: 9999})

    assert [share.count for share in found] == [1, 0, 9999]
    assert found[0].width > 0.9
    assert found[1].width == 0
    assert round(sum(share.width for share in found)) == 100
