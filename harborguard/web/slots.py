"""Slots for long requests: each occupies a thread of the web process, which pages need too."""

from __future__ import annotations

import weakref
from threading import BoundedSemaphore


class Busy(Exception):
    """All slots of a kind are taken."""

    code = "busy"


class Slots:
    """The ``count`` slots of this process. ``message`` tells a user that they are taken."""

    def __init__(self, count: int, message: str) -> None:
        self._free = BoundedSemaphore(count)
        self._message = message

    def take(self) -> Slot:
        """Return a slot. Raise Busy if there is none."""
        if not self._free.acquire(blocking=False):
            raise Busy(self._message)
        return Slot(self._free)


class Slot:
    """A slot, released once: by ``release``, or when it is garbage-collected."""

    def __init__(self, free: BoundedSemaphore) -> None:
        self.release = weakref.finalize(self, free.release)


EXPORTS = Slots(2, "Other exports are in progress. Try again in a moment.")
CONNECTION_TESTS = Slots(2, "Other connection tests are in progress. Try again in a moment.")
