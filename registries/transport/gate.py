"""Limit concurrent requests to a host, as learned from its refusals.

A refusal halves the limit, and each second without one raises it by one: additive increase,
multiplicative decrease, as in TCP.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_WIDER_AFTER_SECONDS = 1.0


class Gate:
    """The limit of one host. Thread-safe. At its full width, ``most``, it costs next to nothing."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._most = self._width = max(1, most)
        self._inside = self._waiting = 0
        self._narrowed_in = -1
        self._wider_at = 0.0

    @property
    def width(self) -> int:
        return self._width

    def enter(self) -> None:
        """Wait for room. A caller that has entered must leave, whatever happens to the request."""
        with self._lock:
            while self._inside >= self._width:
                self._waiting += 1
                self._room.wait()
                self._waiting -= 1
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._width < self._most and self._clock() >= self._wider_at:
                self._widen()
            if self._waiting:
                self._room.notify(max(1, self._width - self._inside))

    def narrow(self, epoch: int) -> bool:
        """Narrow the gate. Return whether this refusal is news: those of one epoch count once."""
        with self._lock:
            if epoch <= self._narrowed_in:
                return False
            self._narrowed_in = epoch
            self._width = max(1, self._width // 2)
            self._wider_at = self._clock() + _WIDER_AFTER_SECONDS
            return True

    def share(self, most: int) -> None:
        """Set the share of this process among all."""
        with self._lock:
            was_full = self._width == self._most
            self._most = max(1, most)
            self._width = self._most if was_full else min(self._width, self._most)
            self._room.notify_all()

    def _widen(self) -> None:
        self._width += 1
        self._wider_at = self._clock() + _WIDER_AFTER_SECONDS
