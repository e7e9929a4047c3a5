"""Repositories that share a token, where the token server issues one for several at once.

A token for each would double the requests of a sync. But a token grows with its scopes, and servers
refuse headers that are too long, by default over 8 KiB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# The size of one repository's scope as JSON, besides its name, which appears twice; and the total
# that makes 6.7 KiB in base64.
_WORDS = 140
_ROOM = 5000


def in_batches(repositories: Iterable[str]) -> Iterator[list[str]]:
    """Yield batches in order, as many repositories at a time as fit."""
    batch: list[str] = []
    left = _ROOM
    for repository in repositories:
        size = _WORDS + 2 * len(repository)
        if batch and size > left:
            yield batch
            batch, left = [], _ROOM
        batch.append(repository)
        left -= size
    if batch:
        yield batch
