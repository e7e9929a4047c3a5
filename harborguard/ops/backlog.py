"""The runs that wait for a worker, and the workers: for readiness and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q

from harborguard.clock import Now
from registries.models import Registry
from sync.models import LIVE_STATES, State, SyncRun


@dataclass(frozen=True, slots=True)
class Backlog:
    """The queue. ``oldest_seconds`` is of the runs that no worker has started."""

    queued: int
    running: int
    oldest_seconds: float

    @classmethod
    def read(cls) -> Backlog:
        # A run that a worker released was queued long ago, but has not waited that long.
        unbegun = Q(state=State.QUEUED, started_at=None)
        row = SyncRun.objects.filter(state__in=LIVE_STATES).aggregate(
            queued=Count("pk", filter=Q(state=State.QUEUED)),
            running=Count("pk", filter=Q(state=State.RUNNING)),
            oldest=Min("queued_at", filter=unbegun),
            now=Max(Now()),
        )
        return cls(row["queued"], row["running"], _seconds(row["oldest"], row["now"]))


def a_worker_was_seen(*, within: timedelta) -> bool:
    """Return whether a worker has a run now, or started or finished one within that time."""
    recently = Now() - within
    return Registry.objects.filter(
        Q(lease_until__gt=Now()) | Q(last_attempt_at__gt=recently) | Q(last_sync_at__gt=recently)
    ).exists()


def _seconds(since: datetime | None, now: datetime | None) -> float:
    return max(0.0, (now - since).total_seconds()) if since and now else 0.0
