"""How many exports a process sends at once: each has a thread of the web process until its end,
and pages and syncs need some too."""

from __future__ import annotations

import threading
from collections.abc import Callable

AT_ONCE = 2
_free = threading.BoundedSemaphore(AT_ONCE)


def take() -> Callable[[], None] | None:
    """What gives the slot back, at once or later, once however often it is called; None if
    there is none."""
    if not _free.acquire(blocking=False):
        return None
    lock = threading.Lock()

    def give_back() -> None:
        if lock.acquire(blocking=False):
            _free.release()

    return give_back
