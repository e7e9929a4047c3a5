"""Repositories that share a token, where the token server gives one for several at once.

One token for each would double the questions that a sync asks. But a token grows with what it
is for, and servers refuse headers that are too long, 8 KiB as most are set up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# What a token says of one repository beside its name, which it says twice, as JSON; and how
# much of that makes 6.7 KiB when it is written in base64.
_WORDS = 140
_ROOM = 5000


def in_batches(repositories: Iterable[str]) -> Iterator[list[str]]:
    """In their order, as many at a time as fit."""
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
