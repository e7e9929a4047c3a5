"""Commit items that arrive together in one transaction.

A caller that comes while nobody writes leads immediately. One that comes meanwhile waits for the
next group, which the first of them leads: there is no thread for it. As more will come where one
had to wait, that leader gathers for a moment first. Everybody gets an answer after the commit
that contains their item (docs/decisions/0025).
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from threading import Event, Lock
from typing import Generic, TypeVar

from django.db import connection

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

# Longer than PostgreSQL may wait for a lock.
PATIENCE_SECONDS = 10.0
MOST_TOGETHER = 100
# A moment to the caller, and at hundreds of items per second a fraction of the transactions.
GATHER_SECONDS = 0.025
ENOUGH = 5


class Turn(Enum):
    """The next task of a thread that was woken."""

    LEAD = auto()
    TAKE_THE_RESULT = auto()
    WRITE_ALONE = auto()


class NotWritten(Exception):
    """The leader has not come back: the item may be committed or not."""


@dataclass(slots=True, eq=False)
class _Place(Generic[Item, Result]):
    item: Item
    turn: Turn | None = None
    results: list[Result] = field(default_factory=list)
    woken: Event = field(default_factory=Event)

    def wake(self, turn: Turn) -> None:
        self.turn = turn
        self.woken.set()


class GroupCommit(Generic[Item, Result]):
    """Groups items. ``write`` commits a group in one transaction, and returns an outcome for
    each."""

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._begin()
        # After a fork, the leading thread does not exist in the child.
        os.register_at_fork(after_in_child=self._begin)

    def submit(self, item: Item) -> Result:
        """Return once the item is committed. Raise what ``write`` raises for it alone, or
        NotWritten."""
        if connection.in_atomic_block:  # inside a transaction, it belongs to that one
            return self._alone(item)
        place: _Place[Item, Result] = _Place(item)
        turn = self._queue(place) or self._wait(place)
        if turn is Turn.LEAD:
            turn = self._lead(place)
        return self._alone(item) if turn is Turn.WRITE_ALONE else place.results[0]

    def _begin(self) -> None:
        self._lock = Lock()
        self._waiting: deque[_Place[Item, Result]] = deque()
        self._is_led = False
        self._are_enough = Event()

    def _queue(self, place: _Place[Item, Result]) -> Turn | None:
        with self._lock:
            self._waiting.append(place)
            if len(self._waiting) >= ENOUGH:
                self._are_enough.set()
            if self._is_led:
                return None
            self._is_led = True
            return Turn.LEAD

    def _wait(self, place: _Place[Item, Result]) -> Turn:
        if not place.woken.wait(PATIENCE_SECONDS):
            self._give_up(place)
        if place.turn is Turn.LEAD:
            self._are_enough.wait(GATHER_SECONDS)
        return place.turn or Turn.WRITE_ALONE

    def _give_up(self, place: _Place[Item, Result]) -> None:
        """Raise NotWritten. What nobody has taken may still be written alone."""
        with self._lock:
            if place.turn is None and place not in self._waiting:
                raise NotWritten
            if place.turn is None:
                self._waiting.remove(place)

    def _lead(self, own: _Place[Item, Result]) -> Turn:
        with self._lock:
            most = min(len(self._waiting), MOST_TOGETHER)
            group = [self._waiting.popleft() for _ in range(most)]
            self._are_enough.clear()
        turn = Turn.WRITE_ALONE
        try:
            written = self._write([place.item for place in group])
            for place, result in zip(group, written, strict=True):
                place.results.append(result)
            turn = Turn.TAKE_THE_RESULT
        except Exception as error:
            if group == [own]:
                raise
            told = "%s items could not be written together (%s): each is written on its own"
            logger.warning(told, len(group), type(error).__name__)
        finally:
            self._hand_over()
            for place in group:
                place.wake(turn)
        return turn

    def _hand_over(self) -> None:
        with self._lock:
            self._is_led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].wake(Turn.LEAD)

    def _alone(self, item: Item) -> Result:
        return self._write([item])[0]
