from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from sync.runs import schedule

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(("name", "days"), [("daily", 1), ("weekly", 7)])
def test_a_success_is_followed_after_the_interval_and_a_little_smear(name: str, days: int) -> None:
    for seed in range(50):
        due = schedule.after_success(name, NOON, Random(seed))
        assert due is not None
        assert timedelta(0) <= due - NOON - days * DAY <= timedelta(minutes=30)


@pytest.mark.parametrize("name", ["manual", "on_push"])
def test_without_an_interval_nothing_is_ever_due(name: str) -> None:
    assert schedule.after_success(name, NOON, Random(1)) is None
    assert schedule.first_due(name, NOON, NOON) is None
    assert not schedule.is_due(name, NOON - DAY, NOON)


def failed(
    failures: int, *, permanent: bool = False, retry_after: float | None = None
) -> list[timedelta]:
    """Return the shortest and longest wait of many."""
    waits = []
    for seed in range(200):
        retry_at = schedule.after_failure(
            "daily",
            NOON,
            failures=failures,
            permanent=permanent,
            retry_after=retry_after,
            random=Random(seed),
        )
        assert retry_at is not None
        waits.append(retry_at - NOON)
    return waits


@pytest.mark.parametrize(
    ("failures", "ceiling"),
    [(1, timedelta(minutes=5)), (3, timedelta(minutes=20)), (50, timedelta(hours=6))],
)
def test_retries_back_off_with_full_jitter(failures: int, ceiling: timedelta) -> None:
    waits = failed(failures)
    assert min(waits) >= timedelta(minutes=1)
    assert ceiling * 0.9 < max(waits) <= ceiling


def test_a_refused_credential_is_tried_rarely() -> None:
    assert min(failed(1, permanent=True)) >= timedelta(hours=1)
    assert timedelta(hours=20) < max(failed(50, permanent=True)) <= timedelta(hours=24)


def test_a_retry_never_comes_before_the_registry_allows_it() -> None:
    assert min(failed(1, retry_after=7200)) >= timedelta(hours=2)


@pytest.mark.parametrize("seconds", [10**9, 10**18, float("inf")])
def test_a_registry_that_asks_for_ages_is_asked_again_after_a_day(seconds: float) -> None:
    assert max(failed(1, retry_after=seconds)) <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("next_sync_at", "due"),
    [(NOON - DAY, True), (NOON, True), (NOON + timedelta(seconds=1), False), (None, False)],
)
def test_it_is_due_when_its_time_has_come(next_sync_at: datetime | None, due: bool) -> None:
    assert schedule.is_due("daily", next_sync_at, NOON) is due


def test_a_changed_schedule_counts_from_the_last_success_but_not_into_the_past() -> None:
    assert schedule.first_due("weekly", NOON - DAY, NOON) == NOON + 6 * DAY
    assert schedule.first_due("daily", NOON - 3 * DAY, NOON) == NOON


def test_a_run_is_stale_after_a_day() -> None:
    assert not schedule.is_stale(NOON - DAY, NOON - 2 * DAY, NOON)
    assert schedule.is_stale(NOON - DAY - timedelta(seconds=1), NOON - DAY, NOON)
    assert schedule.is_stale(None, NOON - 2 * DAY, NOON)
