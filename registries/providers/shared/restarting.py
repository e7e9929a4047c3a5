"""Listings whose cursor is the name of the last row: where that row is deleted, some are lost."""

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
    """What ``read`` gives; once more from the start where a further page of it is lost.

    So what came before that may come twice.
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
