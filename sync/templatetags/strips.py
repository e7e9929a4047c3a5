"""The strip chart of a registry's latest syncs, and its text alternatives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django import template

from harborguard.templatetags.times import relative_time
from sync.dashboard.latest_syncs import SHOWN, LatestSyncs
from sync.models import State, SyncRun
from sync.templatetags.runs import duration

register = template.Library()

HEIGHT = 24
STEP = 6
# Height tells states apart without color: the worse, the lower.
_HEIGHTS = {
    State.SUCCEEDED: 24,
    State.PARTIAL: 17,
    State.FAILED: 10,
    State.SUPERSEDED: 4,
    State.RUNNING: 24,
    State.QUEUED: 4,
}


@dataclass(frozen=True, slots=True)
class Bar:
    state: str
    x: int
    y: int
    height: int
    title: str


@register.filter
def bars(syncs: LatestSyncs) -> Iterator[Bar]:
    """Yield the bars; the newest is on the right."""
    for age, run in enumerate(syncs.runs):
        height = _HEIGHTS[State(run.state)]
        yield Bar(run.state, (SHOWN - 1 - age) * STEP, HEIGHT - height, height, _title(run))


@register.filter
def outcomes(syncs: LatestSyncs) -> str:
    """Return, for example, “Latest 20 syncs: 18 succeeded, 2 failed”."""
    counts = Counter(State(run.state) for run in syncs.runs)
    each = ", ".join(f"{count} {state.label.lower()}" for state, count in counts.most_common())
    return f"Latest {len(syncs.runs)} syncs: {each}" if len(syncs.runs) > 1 else f"One sync: {each}"


@register.filter
def success_rate(syncs: LatestSyncs) -> str:
    """Return, for example, “9 of the last 10 syncs succeeded, 1 partial”."""
    counted = len(syncs.counted)
    total = f"the last {counted} syncs" if counted > 1 else "1 sync"
    partial = f", {syncs.partial} partial" if syncs.partial else ""
    return f"{syncs.succeeded} of {total} succeeded{partial}"


def _title(run: SyncRun) -> str:
    at = run.finished_at or run.started_at or run.queued_at
    took = f", took {duration(run)}" if run.finished_at and run.started_at else ""
    return f"Run {run.pk}: {State(run.state).label.lower()}, {relative_time(at)}{took}"
