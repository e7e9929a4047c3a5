"""The pace of a live run, for its page."""

from __future__ import annotations

from dataclasses import dataclass

from sync.models import Phase, State, SyncRun, Trigger
from sync.runs import estimate, lifecycle
from sync.runs.estimate import Past, SoFar

_LOOKED_AT = 5
_ALL_LISTED = (Phase.TAGS, Phase.ABSENCE)


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace. Rates are None if it is too early; ``left`` is empty if unknown."""

    done: int
    repositories_a_second: float | None
    requests_a_second: float | None
    left: str


def pace_of(run: SyncRun) -> Pace | None:
    """Return the pace, or None for a run without a worker."""
    so_far = _so_far(run)
    if so_far is None:
        return None
    left = None if run.trigger == Trigger.PUSH else estimate.time_left(so_far, _past(run))
    return Pace(
        done=so_far.done,
        repositories_a_second=estimate.per_second(so_far.done, so_far.elapsed),
        requests_a_second=estimate.per_second(run.requests_sent, so_far.elapsed),
        left="" if left is None else estimate.in_words(left),
    )


def _so_far(run: SyncRun) -> SoFar | None:
    """Return the progress of the current attempt; every attempt starts over."""
    since = run.started_at if run.trigger == Trigger.PUSH else run.registry.last_attempt_at
    if run.state != State.RUNNING or since is None:
        return None
    return SoFar(
        elapsed=lifecycle.now(run.registry_id) - since,
        listed=run.repositories_listed if run.phase in _ALL_LISTED else None,
        done=run.repositories_read + run.repositories_failed,
    )


def _past(run: SyncRun) -> list[Past]:
    """Return the last successful syncs that one worker did from start to end."""
    good = SyncRun.objects.filter(
        registry=run.registry_id, state__in=[State.SUCCEEDED, State.PARTIAL], attempt=1
    ).exclude(trigger=Trigger.PUSH)
    rows = good.order_by("-pk").values_list(
        "started_at", "finished_at", "repositories_read", "repositories_failed"
    )[:_LOOKED_AT]
    return [
        Past(finished_at - started_at, read + failed)
        for started_at, finished_at, read, failed in rows
        if started_at is not None and finished_at is not None
    ]
