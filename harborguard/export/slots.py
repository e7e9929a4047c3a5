"""Limit concurrent exports: each occupies a thread of the web process, which pages need too."""

from __future__ import annotations

import threading
from collections.abc import Callable

AT_ONCE = 2
_free = threading.BoundedSemaphore(AT_ONCE)


def take() -> Callable[[], None] | None:
    """Take a slot. Return a function that releases it, once however often it is called, or None."""
    if not _free.acquire(blocking=False):
        return None
    lock = threading.Lock()

    def give_back() -> None:
        if lock.acquire(blocking=False):
            _free.release()

    return give_back
