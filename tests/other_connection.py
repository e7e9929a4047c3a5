"""Another session of the database, in which a transaction can be held open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection, transaction


class OtherConnection:
    """A thread with a database connection of its own."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._transaction: transaction.Atomic | None = None

    def begin(self) -> None:
        self._transaction = transaction.atomic()
        self.do(self._transaction.__enter__)

    def do(self, step: Callable[[], Any]) -> Any:
        return self._thread.submit(step).result(timeout=30)

    def commit(self) -> None:
        assert self._transaction is not None
        self.do(partial(self._transaction.__exit__, None, None, None))

    def die(self) -> None:
        """Go away in the middle, as a worker that is killed."""
        self.do(_cut)


@contextmanager
def other_connection() -> Iterator[OtherConnection]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        other = OtherConnection(thread)
        try:
            yield other
        finally:
            other.do(_close)


def _cut() -> None:
    connection.connection.close()


def _close() -> None:
    connection.close()
