"""Run a function over many items in several threads, and yield results as they come.

Items are taken, and results yielded, in the thread that iterates. What feeds this may use the
database; ``function`` must not.
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
# How long a result waits for the rest of its chunk, which may hang.
_LONGEST_WAIT = 0.05


def fan_out(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    threads: int,
    chunk: int = 1,
) -> Iterator[Result]:
    """Yield results. The first error of ``function`` is raised; leaving early stops the threads.

    After its first item, a thread receives ``chunk`` items at a time: waking a thread for every
    small item costs more than the item.
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
            except BaseException as error:  # raised again in the consumer
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
