"""Restart listings whose cursor is the name of a row that may be deleted meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from registries.errors import RegistryError, UnexpectedStatus

T = TypeVar("T")

_LOST = frozenset({400, 404})


def is_place_lost(error: RegistryError) -> bool:
    return isinstance(error, UnexpectedStatus) and error.status in _LOST


def restarted(
    read: Callable[[], Iterator[T]], is_lost: Callable[[RegistryError], bool] = is_place_lost
) -> Iterator[T]:
    """Yield what ``read`` yields, once more from the start where a later page is lost.

    Rows may come twice.
    """
    came = False
    try:
        for item in read():
            came = True
            yield item
        return
    except RegistryError as error:
        if not came or not is_lost(error):
            raise
    yield from read()
