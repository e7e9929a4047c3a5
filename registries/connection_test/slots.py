"""Slots for requests that wait for a registry, so that threads are left for pages."""

from __future__ import annotations

import weakref
from threading import BoundedSemaphore

_SLOTS = BoundedSemaphore(2)


class Busy(Exception):
    """All slots are taken."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("Other connection tests are under way. Try again in a moment.")


class Slot:
    """One slot, free again when it is released or garbage-collected. Raise Busy."""

    def __init__(self) -> None:
        if not _SLOTS.acquire(blocking=False):
            raise Busy
        self.release = weakref.finalize(self, _SLOTS.release)
