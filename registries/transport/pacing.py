"""How fast a registry may be asked, found out from its refusals.

A thread that backs off alone is of no use while fifteen others go on. So there is one pace
for all: a refusal holds everybody back for a while and spaces the requests that follow, and
each answer lets them come a little closer again. Unhindered, it costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# Seconds between two requests: at first, at most, and where it no longer makes a difference.
_FIRST_INTERVAL = 1 / 64
_LONGEST_INTERVAL = 1.0
_SHORTEST_INTERVAL = 1 / 1000
# An overloaded part of a registry may look like a limit: it must not hold up the rest for long.
_LONGEST_INTERVAL_ON_A_GUESS = 0.25
_CLOSER = 0.98
_LONGEST_HOLD = 30.0


class Pace:
    """Safe to share between threads.

    An epoch lasts from one slowing down to the next: what was sent before a slowing down and
    is refused after it says nothing new.
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
        """Return at the caller's turn, with the epoch that it belongs to."""
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
        """Too much was asked for, and ``wish`` seconds are to pass; return those that will."""
        with self._lock:
            if epoch == self._epoch:
                self._hold = min(_LONGEST_HOLD, max(_FIRST_INTERVAL, 2 * self._hold))
                self._slow_down(_LONGEST_INTERVAL)
            seconds = max(wish, self._hold)
            self._hold_back(seconds)
            return seconds

    def overloaded(self, epoch: int) -> None:
        """It may be a limit: some proxies say no other way that too much was asked for."""
        with self._lock:
            if epoch == self._epoch and self._interval < _LONGEST_INTERVAL_ON_A_GUESS:
                self._slow_down(_LONGEST_INTERVAL_ON_A_GUESS)
                self._hold_back(self._interval)

    def hold(self, seconds: float) -> None:
        """Let nobody begin for so long: others were refused, or this host wants a long rest."""
        with self._lock:
            self._epoch += 1
            self._hold_back(seconds)

    @property
    def held_for(self) -> float:
        """Seconds until anybody may begin."""
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
        """Begin an epoch. Whoever waits takes another turn in it: those taken are void."""
        self._epoch += 1
        self._interval = min(longest, max(_FIRST_INTERVAL, 2 * self._interval))
        self._not_before = self._held_until

    def _hold_back(self, seconds: float) -> None:
        self._held_until = max(self._held_until, self._clock() + seconds)
        self._not_before = max(self._not_before, self._held_until)
