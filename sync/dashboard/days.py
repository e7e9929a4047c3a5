"""Changes and sync outcomes of each of the last 30 days, in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Aggregate, Count, Q, Sum
from django.db.models.functions import TruncDate

from sync.models import LIVE_STATES, State, SyncRun, Trigger

DAYS = 30


@dataclass(frozen=True, slots=True)
class Day:
    """One day; its sync counts are of finished runs, without push runs."""

    day: date
    added: int = 0
    moved: int = 0
    removed: int = 0
    restored: int = 0
    succeeded: int = 0
    partial: int = 0
    failed: int = 0

    @property
    def changes(self) -> int:
        return self.added + self.moved + self.removed + self.restored

    @property
    def syncs(self) -> int:
        return self.succeeded + self.partial + self.failed


def last_days(now: datetime) -> list[Day]:
    """Return the days, oldest first; today includes what unfinished runs have changed so far."""
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    start = datetime.combine(first, time(), UTC)
    finished = SyncRun.objects.filter(finished_at__gte=start).order_by()
    by_day = finished.annotate(day=TruncDate("finished_at", tzinfo=UTC)).values("day")
    found = {row["day"]: Day(**row) for row in by_day.annotate(**_changes(), **_outcomes())}
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return _with_live([found.get(day, Day(day)) for day in days])


def _with_live(days: Sequence[Day]) -> list[Day]:
    live = SyncRun.objects.filter(state__in=LIVE_STATES).aggregate(**_changes())
    today = days[-1]
    counts = {name: getattr(today, name) + count for name, count in live.items()}
    return [*days[:-1], replace(today, **counts)]


def _changes() -> dict[str, Aggregate]:
    return {name: Sum(name, default=0) for name in ("added", "moved", "removed", "restored")}


def _outcomes() -> dict[str, Aggregate]:
    states = {"succeeded": State.SUCCEEDED, "partial": State.PARTIAL, "failed": State.FAILED}
    return {
        name: Count("finished_at", filter=Q(state=state) & ~Q(trigger=Trigger.PUSH))
        for name, state in states.items()
    }
