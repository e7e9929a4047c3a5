from __future__ import annotations

from datetime import timedelta

from harborguard.ops.backlog import Backlog, a_worker_was_seen
from harborguard.ops.readiness.outcome import NotReady, Outcome, passed

LONGEST_WAIT = timedelta(minutes=10)


def queue() -> Outcome:
    """Check that workers take runs: a long queue before busy workers is no fault."""
    backlog = Backlog.read()
    facts = {
        "queued": backlog.queued,
        "running": backlog.running,
        "oldestQueuedSeconds": round(backlog.oldest_seconds),
    }
    waits_long = backlog.oldest_seconds > LONGEST_WAIT.total_seconds()
    if waits_long and not a_worker_was_seen(within=LONGEST_WAIT):
        raise NotReady("Syncs are waiting and no worker takes them. Check the workers", **facts)
    return passed("Workers take waiting syncs" if backlog.queued else "Nothing waits", **facts)
