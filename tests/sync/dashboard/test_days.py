from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from registries.models import Registry
from sync.dashboard.days import DAYS, Day, last_days
from sync.models import State, SyncRun, Trigger
from tests.factories import make_registry

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def ended(
    registry: Registry, at: datetime, state: State = State.SUCCEEDED, **columns: object
) -> None:
    defaults = {"trigger": Trigger.SCHEDULE, "queued_at": at, "rung_at": at, "finished_at": at}
    SyncRun.objects.create(registry=registry, state=state, **{**defaults, **columns})


def test_a_day_starts_at_midnight_utc(registry: Registry) -> None:
    ended(registry, datetime(2026, 3, 9, 23, 59, 59, 999999, UTC), added=1)
    ended(registry, datetime(2026, 3, 10, 0, 0, tzinfo=UTC), added=2)

    days = last_days(NOW)

    assert days[-2] == Day(date(2026, 3, 9), added=1, succeeded=1)
    assert days[-1] == Day(date(2026, 3, 10), added=2, succeeded=1)


def test_there_are_thirty_days_including_empty_ones(
    registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ended(registry, NOW - timedelta(days=DAYS), added=7)
    ended(registry, NOW - timedelta(days=DAYS - 1), moved=3)

    with django_assert_num_queries(2):
        days = last_days(NOW)

    assert [day.day for day in days] == [date(2026, 2, 9) + timedelta(n) for n in range(DAYS)]
    assert days[0] == Day(date(2026, 2, 9), moved=3, succeeded=1)
    assert all(day == Day(day.day) for day in days[1:])


def test_all_runs_count_for_changes_but_only_syncs_for_outcomes(
    registry: Registry,
) -> None:
    ended(registry, NOW, State.SUCCEEDED, added=1)
    ended(registry, NOW, State.PARTIAL, removed=2)
    ended(registry, NOW, State.FAILED, restored=3)
    ended(registry, NOW, State.SUPERSEDED, moved=4)
    ended(registry, NOW, State.FAILED, trigger=Trigger.PUSH, added=5)

    today = last_days(NOW)[-1]

    assert (today.added, today.removed, today.restored, today.moved) == (6, 2, 3, 4)
    assert today.changes == 15
    assert (today.succeeded, today.partial, today.failed) == (1, 1, 1)


def test_changes_of_live_runs_belong_to_today(registry: Registry) -> None:
    ended(registry, NOW - timedelta(days=3), State.RUNNING, finished_at=None, added=9)

    days = last_days(NOW)

    assert (days[-1].added, days[-1].syncs) == (9, 0)
    assert sum(day.changes for day in days) == 9
