"""Rows of a listing that is paged by number, where rows move while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from registries.errors import PaginationUntrusted
from registries.oci.pagination import MAX_NAMES

# What is inserted while we read shows rows again; it does not fill page after page with them.
_IDLE_PAGES_MOST = 2
# What is longer is no name of anything, and need not be told apart.
_LONGEST_KEY = 300


class NewRows:
    """Of one listing: each row once, by its ``key``, which need not be unique on its pages.

    A listing that goes on and brings nothing new is an error, never complete.
    """

    def __init__(self, path: str, key: Callable[[dict[str, Any]], str]) -> None:
        self._path = path
        self._key = key
        self._seen: set[str] = set()
        self._idle_pages = 0

    def of(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those of the next page that were on none before it."""
        if self._idle_pages >= _IDLE_PAGES_MOST:
            raise PaginationUntrusted(
                f"Pagination untrusted: the listing of {self._path} brings nothing new any more"
            )
        new = []
        for row in rows:
            key = self._key(row)[:_LONGEST_KEY]
            if key not in self._seen:
                self._seen.add(key)
                new.append(row)
        if len(self._seen) > MAX_NAMES:
            raise PaginationUntrusted(
                f"Pagination untrusted: the listing of {self._path} does not come to an end"
            )
        self._idle_pages = 0 if new else self._idle_pages + 1
        return new
