"""Places for those who wait for a registry in a thread of this process: most are left for pages."""

from __future__ import annotations

import weakref
from threading import BoundedSemaphore

_SLOTS = BoundedSemaphore(2)


class Busy(Exception):
    """As many tests are under way as this process does at once."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("Other connection tests are under way. Try again in a moment.")


class Slot:
    """One of them; free again when it is released, or forgotten. Raise Busy."""

    def __init__(self) -> None:
        if not _SLOTS.acquire(blocking=False):
            raise Busy
        self.release = weakref.finalize(self, _SLOTS.release)
