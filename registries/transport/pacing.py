"""The pace of requests to a registry, as learned from its refusals.

One thread that backs off is of no use while fifteen others go on. So there is one pace for all: a
refusal holds everybody back for a while and spaces the requests that follow, and each success
brings them closer again. Without refusals it costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# Seconds between two requests: initial, maximum, and negligible.
_FIRST_INTERVAL = 1 / 64
_LONGEST_INTERVAL = 1.0
_SHORTEST_INTERVAL = 1 / 1000
# An overloaded part of a registry may look like a rate limit: it must not slow the rest for long.
_LONGEST_INTERVAL_ON_A_GUESS = 0.25
_CLOSER = 0.98
_LONGEST_HOLD = 30.0


class Pace:
    """The pace of one host. Thread-safe.

    An epoch lasts from one slowdown to the next: a request sent before a slowdown and refused after
    it is no news.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._epoch = 0
        self._interval = 0.0
        self._hold = 0.0
        self._held_until = 0.0
        self._not_before = 0.0

    def wait(self, pause: Callable[[float], None]) -> int:
        """Wait for the caller's turn, and return its epoch."""
        while True:
            epoch = self._epoch
            seconds = self._take_turn()
            if seconds:
                pause(seconds)
            if epoch == self._epoch:
                return epoch

    def answered(self) -> None:
        if not self._interval:
            return
        with self._lock:
            self._hold = 0.0
            self._interval *= _CLOSER
            if self._interval < _SHORTEST_INTERVAL:
                self._interval = 0.0

    def refused(self, epoch: int, wish: float) -> float:
        """Apply a refusal that asks for ``wish`` seconds; return the actual wait."""
        with self._lock:
            if epoch == self._epoch:
                self._hold = min(_LONGEST_HOLD, max(_FIRST_INTERVAL, 2 * self._hold))
                self._slow_down(_LONGEST_INTERVAL)
            seconds = max(wish, self._hold)
            self._hold_back(seconds)
            return seconds

    def overloaded(self, epoch: int) -> None:
        """Slow down a little: some proxies report rate limits as overload."""
        with self._lock:
            if epoch == self._epoch and self._interval < _LONGEST_INTERVAL_ON_A_GUESS:
                self._slow_down(_LONGEST_INTERVAL_ON_A_GUESS)
                self._hold_back(self._interval)

    def hold(self, seconds: float) -> None:
        """Let nobody start for so long: others were refused, or the host asks for a long pause."""
        with self._lock:
            self._epoch += 1
            self._hold_back(seconds)

    @property
    def held_for(self) -> float:
        """Return the seconds until anybody may start."""
        return max(0.0, self._held_until - self._clock())

    def _take_turn(self) -> float:
        if not self._not_before:
            return 0.0
        with self._lock:
            now = self._clock()
            turn = max(now, self._not_before)
            is_over = not self._interval and turn == now
            self._not_before = 0.0 if is_over else turn + self._interval
            return turn - now

    def _slow_down(self, longest: float) -> None:
        """Begin an epoch. Those waiting take new turns."""
        self._epoch += 1
        self._interval = min(longest, max(_FIRST_INTERVAL, 2 * self._interval))
        self._not_before = self._held_until

    def _hold_back(self, seconds: float) -> None:
        self._held_until = max(self._held_until, self._clock() + seconds)
        self._not_before = max(self._not_before, self._held_until)
