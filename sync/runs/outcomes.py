"""The effect of a run's outcome on its registry: columns for lifecycle to write."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from django.db.models import QuerySet

from registries.errors import RegistryError
from registries.models import Registry, Status
from sync.models import FINISHED_STATES, State, SyncRun, Trigger
from sync.runs import health, schedule

_PUSHES_WAIT_FIRST = timedelta(seconds=30)
_PUSHES_WAIT_MOST = timedelta(hours=1)
_LOOKED_AT = 10


def after_sync(registry: Registry, error: RegistryError | None, now: datetime) -> dict[str, Any]:
    failures = registry.consecutive_failures + 1 if error else 0
    return {
        "status": Status.ERROR if error else Status.CONNECTED,
        "health": _health(registry.pk),
        "consecutive_failures": failures,
        "next_sync_at": _next_sync_at(registry, error, failures, now),
        **error_columns(error),
    }


def after_pushes(registry: Registry, error: RegistryError | None) -> dict[str, Any]:
    """Return the columns after a push run, which affects neither schedule nor health. Its failure
    is the registry's error until the next one succeeds; then the last sync's outcome counts
    again."""
    if error is not None:
        return {"status": Status.ERROR, **error_columns(error)}
    if registry.status != Status.ERROR:
        return {}
    last = last_sync(registry.pk)
    if last is None:
        return {"status": Status.DISCONNECTED, **error_columns(None)}
    return {
        "status": Status.ERROR if last.state == State.FAILED else Status.CONNECTED,
        "error_code": last.error_code,
        "error_message": last.error_message,
        "error_hint": last.error_hint,
    }


def last_sync(registry_id: int) -> SyncRun | None:
    """Return the last finished run that was a full sync."""
    return _syncs(registry_id).first()


def pushes_wait(registry_id: int, now: datetime) -> bool:
    """Return whether the next push run must wait after repeated failures: each may be a failed
    login, and too many get our address blocked."""
    latest = SyncRun.objects.filter(registry=registry_id, state__in=FINISHED_STATES)
    ended = latest.order_by("-pk").values_list("trigger", "state", "finished_at")
    failures: list[datetime] = []
    for trigger, state, finished_at in ended[:_LOOKED_AT]:
        if state != State.FAILED:
            break
        if trigger == Trigger.PUSH and finished_at is not None:
            failures.append(finished_at)
    if not failures:
        return False
    wait: timedelta = _PUSHES_WAIT_FIRST * 2 ** (len(failures) - 1)
    return now < failures[0] + min(wait, _PUSHES_WAIT_MOST)


def error_columns(error: RegistryError | None) -> dict[str, str]:
    return {
        "error_code": error.code if error else "",
        "error_message": str(error) if error else "",
        "error_hint": error.hint if error else "",
    }


def _syncs(registry_id: int) -> QuerySet[SyncRun]:
    finished = SyncRun.objects.filter(registry_id=registry_id, state__in=FINISHED_STATES)
    return finished.exclude(trigger=Trigger.PUSH).order_by("-pk")


def _health(registry_id: int) -> int | None:
    rows = _syncs(registry_id).values_list("state", "repositories_read", "repositories_failed")
    return health.health_score(
        [
            health.outcome(state, read=read, failed=failed)
            for state, read, failed in rows[: health.WINDOW]
        ]
    )


def _next_sync_at(
    registry: Registry, error: RegistryError | None, failures: int, now: datetime
) -> datetime | None:
    if error is None:
        return schedule.after_success(registry.schedule, now, SystemRandom())
    return schedule.after_failure(
        registry.schedule,
        now,
        failures=failures,
        permanent=error.permanent,
        retry_after=error.retry_after,
        random=SystemRandom(),
    )
