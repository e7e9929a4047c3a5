"""Split a complete listing into parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from registries.providers.shared.base import Tag, TagListing
from registries.providers.shared.rejected import rejected

# Whoever receives a part writes it in one transaction.
_TAGS_OF_A_PART = 1000


def in_parts(
    repository: str, tags: Sequence[Tag], others: Iterable[str] = ()
) -> Iterator[TagListing]:
    """Yield the complete listing of ``repository``. ``others`` are invalid names."""
    last = max(0, len(tags) - 1) // _TAGS_OF_A_PART * _TAGS_OF_A_PART
    for start in range(0, last, _TAGS_OF_A_PART):
        yield TagListing(repository, tuple(tags[start : start + _TAGS_OF_A_PART]))
    yield TagListing(repository, tuple(tags[last:]), complete=True, rejected=rejected(others))
