"""Listings of tags: parts of bounded size, invalid names, and pages that got lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from registries.errors import RegistryError, UnexpectedStatus
from registries.oci.listing import MAX_REJECTED
from registries.providers.shared.base import Tag, TagListing

# A registry may send a name as long as a whole body.
_MAX_NAME_LENGTH = 300
# Each part is written in one transaction.
_TAGS_PER_PART = 1000
T = TypeVar("T")
_LOST_STATUSES = frozenset({400, 404})


def shorten_rejected(names: Iterable[str]) -> tuple[str, ...]:
    """Return the first invalid names, shortened for display."""
    return tuple(name[:_MAX_NAME_LENGTH] for name in islice(names, MAX_REJECTED))


def split_listing(
    repository: str, tags: Sequence[Tag], invalid: Iterable[str] = ()
) -> Iterator[TagListing]:
    """Yield the complete listing of ``repository`` in parts, with its invalid names."""
    last = max(0, len(tags) - 1) // _TAGS_PER_PART * _TAGS_PER_PART
    for start in range(0, last, _TAGS_PER_PART):
        yield TagListing(repository, tuple(tags[start : start + _TAGS_PER_PART]))
    yield TagListing(
        repository, tuple(tags[last:]), complete=True, rejected=shorten_rejected(invalid)
    )


def is_page_lost(error: RegistryError) -> bool:
    return isinstance(error, UnexpectedStatus) and error.status in _LOST_STATUSES


def restart_if_lost(
    read: Callable[[], Iterator[T]], is_lost: Callable[[RegistryError], bool] = is_page_lost
) -> Iterator[T]:
    """Yield what ``read`` yields, starting over once if a later page is lost.

    Items may be repeated.
    """
    has_started = False
    try:
        for item in read():
            has_started = True
            yield item
        return
    except RegistryError as error:
        if not has_started or not is_lost(error):
            raise
    yield from read()
