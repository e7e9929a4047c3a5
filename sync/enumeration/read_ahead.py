"""Run a slow source ahead of its consumer, in a thread."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

T = TypeVar("T")

_CLOSED_CHECK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


def read_ahead(source: Iterable[T], *, tick: float, depth: int = 2) -> Generator[T | None]:
    """Yield what ``source`` yields; yield None whenever nothing came for ``tick`` seconds.

    The source runs in a thread of its own, at most ``depth`` items ahead, and must not touch
    the ORM. Its exception is raised here. Closing this generator stops it at its next item.
    """
    ready: Queue[_Item[T] | _End] = Queue(maxsize=depth)
    closed = threading.Event()

    def hand_over(message: _Item[T] | _End) -> None:
        while not closed.is_set():
            try:
                ready.put(message, timeout=_CLOSED_CHECK_SECONDS)
            except Full:
                continue
            return

    def work() -> None:
        try:
            for value in source:
                hand_over(_Item(value))
                if closed.is_set():
                    return
        except BaseException as error:  # raised again by the consumer
            hand_over(_End(error))
        else:
            hand_over(_End())

    threading.Thread(target=work, name="read-ahead", daemon=True).start()
    try:
        while True:
            try:
                message = ready.get(timeout=tick)
            except Empty:
                yield None
                continue
            if isinstance(message, _Item):
                yield message.value
            elif message.error is not None:
                raise message.error
            else:
                return
    finally:
        closed.set()
