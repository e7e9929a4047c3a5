"""When failures of single items mean that the registry itself is gone.

Each item of a dead registry costs its full retries and deadlines: after enough of them in a
row the rest is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from registries.errors import ConnectionTimedOut, NetworkError, RegistryError

FAILURES_IN_A_ROW = 32

Item = TypeVar("Item")


def raise_on_outage(
    items: Iterable[Item], error_of: Callable[[Item], RegistryError | None]
) -> Iterator[Item]:
    """Any answer at all, even a refusal, shows that the registry is there."""
    failures = 0
    for item in items:
        error = error_of(item)
        failures = failures + 1 if isinstance(error, ConnectionTimedOut | NetworkError) else 0
        if error is not None and failures >= FAILURES_IN_A_ROW:
            raise error
        yield item
