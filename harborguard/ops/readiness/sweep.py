from __future__ import annotations

from datetime import timedelta

from harborguard.clock import Now
from harborguard.ops.readiness.outcome import NotReady, Outcome, passed
from sync.models import Sweep

LONGEST_PAUSE = timedelta(minutes=5)


def sweep() -> Outcome:
    """Check the last sweep. The tick starts due syncs and recovers lost ones; beat triggers it
    every 30 s."""
    moments = Sweep.objects.values_list("swept_at", Now()).first()
    if moments is None:
        raise NotReady("No sweep is recorded. Check beat and the tick worker")
    swept_at, now = moments
    pause = now - swept_at
    facts = {"lastSweepSeconds": max(0, round(pause.total_seconds()))}
    if pause > LONGEST_PAUSE:
        raise NotReady("The last sweep is too long ago. Check beat and the tick worker", **facts)
    return passed("Sweeps run regularly", **facts)
