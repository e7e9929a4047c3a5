"""Numbered pages of a listing whose rows move while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from registries.errors import PaginationUntrusted
from registries.oci.pagination import MAX_NAMES

# Rows inserted while we read repeat earlier ones; they do not fill page after page.
_IDLE_PAGES_MOST = 2
# Anything longer is not a name, and need not be told apart.
_LONGEST_KEY = 300


class NewRows:
    """The rows of one listing, each once, identified by ``key``.

    A listing that goes on without new rows is an error, never complete.
    """

    def __init__(self, path: str, key: Callable[[dict[str, Any]], str]) -> None:
        self._path = path
        self._key = key
        self._seen: set[str] = set()
        self._idle_pages = 0

    def of(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of the next page that no earlier page had."""
        if self._idle_pages >= _IDLE_PAGES_MOST:
            raise PaginationUntrusted(
                f"Pagination untrusted: the listing of {self._path} stopped returning new rows"
            )
        new = []
        for row in rows:
            key = self._key(row)[:_LONGEST_KEY]
            if key not in self._seen:
                self._seen.add(key)
                new.append(row)
        if len(self._seen) > MAX_NAMES:
            raise PaginationUntrusted(
                f"Pagination untrusted: the listing of {self._path} does not end"
            )
        self._idle_pages = 0 if new else self._idle_pages + 1
        return new
