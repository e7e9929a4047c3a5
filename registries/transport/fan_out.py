"""One function over many items, in several threads, answers as they come.

The items are taken, and the answers given, in the thread that iterates: what feeds this may
touch the database, ``function`` must not.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_READ_AHEAD = 2
# Seconds that a result waits for the rest of its chunk, which may hang.
_LONGEST_WAIT = 0.05


def fan_out(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    threads: int,
    chunk: int = 1,
) -> Iterator[Result]:
    """The first error of ``function`` ends it all. Leaving early stops the threads.

    ``chunk`` items at a time are handed to a thread, once each has had its first: waking a
    thread for every small item costs more than the item.
    """
    threads = max(1, threads)
    work: SimpleQueue[list[Item] | None] = SimpleQueue()
    results: deque[Result] = deque()
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    leaving = threading.Event()

    def run() -> None:
        while (batch := work.get()) is not None:
            failure: BaseException | None = None
            try:
                for item in batch:
                    if leaving.is_set():
                        break
                    results.append(function(item))
            except BaseException as error:  # raised again where it is consumed
                failure = error
                leaving.set()
            done.put(failure)

    source = iter(items)
    started = outstanding = 0
    try:
        while True:
            while outstanding < threads * _READ_AHEAD:
                size = chunk if started == threads else 1
                batch = list(islice(source, size))
                if not batch:
                    break
                work.put(batch)
                outstanding += 1
                if started < threads:
                    threading.Thread(target=run, name="registry-request", daemon=True).start()
                    started += 1
            if not outstanding:
                return
            failure = None
            try:
                failure = done.get(timeout=_LONGEST_WAIT)
                outstanding -= 1
            except Empty:
                pass
            while results:
                yield results.popleft()
            if failure is not None:
                raise failure
    finally:
        leaving.set()
        for _ in range(started):
            work.put(None)
