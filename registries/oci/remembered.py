"""A value that one thread finds out for all: the others wait and share the outcome.

A failure is shared too. Otherwise each of sixteen threads would spend a whole deadline, one after
the other, on a server that hangs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from registries.errors import RegistryError

T = TypeVar("T")

_FAILURE_HOLDS = 5.0


class Remembered(Generic[T]):
    """A shared value. ``find_out`` returns it, and for how many seconds it is valid."""

    def __init__(self, find_out: Callable[[], tuple[T, float]], clock: Callable[[], float]) -> None:
        self._find_out = find_out
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[T, float] | None = None
        self._failed: tuple[RegistryError, float] | None = None

    @property
    def value(self) -> T | None:
        """The last value, valid or not."""
        known = self._known
        return known[0] if known else None

    def get(self) -> T:
        known = self._known
        if known is not None and self._clock() < known[1]:
            return known[0]
        with self._lock:
            known = self._known
            if known is not None and self._clock() < known[1]:
                return known[0]
            if self._failed is not None and self._clock() < self._failed[1]:
                raise self._failed[0].plain()
            return self._renew()

    def forget(self, value: T | None = None) -> None:
        """Forget ``value``, unless it was replaced meanwhile; by default any."""
        with self._lock:
            if value is None or self.value is value:
                self._known = None

    def _renew(self) -> T:
        try:
            value, seconds = self._find_out()
        except RegistryError as error:
            self._failed = error.plain(), self._clock() + _FAILURE_HOLDS
            raise
        self._known, self._failed = (value, self._clock() + seconds), None
        return value
