"""Paginated listings of an API, and when to stop trusting one.

A listing that loops or never ends is an error, never complete. A short page is not the end, and a
full one does not prove that there are more: only what the API itself says counts, and each product
reads that in its ``next_query``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

from requests import Response

from registries.errors import PaginationUntrusted, RegistryError, UnexpectedStatus
from registries.oci.link import next_target
from registries.oci.pagination import MAX_NAMES
from registries.providers.shared.native_api import Query, objects

MAX_PAGES = 10_000
MAX_SECONDS = 6 * 3600.0
# The longest request line that servers accept, in bytes.
_MAX_QUERY_BYTES = 8 * 1024
# The statuses that refuse a page size instead of capping it.
_SIZE_REFUSAL_STATUSES = frozenset({400, 405, 406, 422})
_MIN_PAGE_SIZE = 10
# Rows inserted while we read repeat earlier ones; they do not fill page after page.
_MAX_IDLE_PAGES = 2
# Anything longer is not a name, and need not be distinguished.
_MAX_KEY_LENGTH = 300

Row = dict[str, Any]


class QueryableAPI(Protocol):
    """An API that answers queries: NativeAPI, or one with logins of its own."""

    def answer(self, method: str, path: str, query: Query = ()) -> tuple[Any, Response]:
        """Return the JSON and the response. Raise RegistryError."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. ``query`` is what it was requested with."""

    document: Any
    response: Response
    query: Query


# Returns the query of the next page, or None after the last one.
NextQuery = Callable[[Page], Query | None]


def pages(
    api: QueryableAPI,
    path: str,
    query: Query,
    next_query: NextQuery,
    *,
    size: str = "",
    most: int = MAX_PAGES,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Page]:
    """Yield every page of the listing at ``path``. Raise RegistryError.

    ``size`` names the page size parameter, which is halved as long as the first page is refused
    because of it. ``most`` limits the number of pages.
    """
    started, requested = clock(), {tuple(query)}
    page = _first(api, path, query, size)
    yield page
    while (query := next_query(page) or ()) != ():
        if tuple(query) in requested:
            raise _untrusted(path, "loops")
        if sum(len(name) + len(value) for name, value in query) > _MAX_QUERY_BYTES:
            raise _untrusted(path, "has a next page whose URL is too long")
        requested.add(tuple(query))
        if len(requested) > most or clock() - started > MAX_SECONDS:
            raise _untrusted(path, "does not end")
        page = _later(api, path, query)
        yield page


def next_from_link(page: Page) -> Query | None:
    """Return the query of the next page from ``Link: <...>; rel="next"`` (RFC 8288).

    Only the query of the link is used, on our own path. The link cannot lead to another host, even
    if a proxy or a misconfigured API makes it point there.
    """
    try:
        target = next_target(page.response.headers.get("Link", ""))
    except ValueError:
        raise _untrusted("a listing", "has a next-page link that cannot be parsed") from None
    if target is None:
        return None
    query = parse_qsl(target.partition("?")[2].partition("#")[0], keep_blank_values=True)
    if not query:
        raise _untrusted("a listing", "has a next-page link without a query")
    return query


def replace_parameter(query: Query, name: str, value: str) -> Query:
    """Return ``query`` with one parameter replaced."""
    return [pair for pair in query if pair[0] != name] + [(name, value)]


def parameter(query: Query, name: str) -> str:
    return next((value for key, value in query if key == name), "")


def _first(api: QueryableAPI, path: str, query: Query, size: str) -> Page:
    while True:
        try:
            return Page(*api.answer("GET", path, query), query)
        except RegistryError as refusal:
            smaller = int(parameter(query, size) or 0) // 2
            if refusal.status not in _SIZE_REFUSAL_STATUSES or smaller < _MIN_PAGE_SIZE:
                raise
            query = replace_parameter(query, size, str(smaller))


def _later(api: QueryableAPI, path: str, query: Query) -> Page:
    """Return a later page. A 404 means that the page was lost, not that the listing is missing."""
    try:
        return Page(*api.answer("GET", path, query), query)
    except RegistryError as error:
        if error.status == 404:
            raise UnexpectedStatus(
                f"Unexpected status 404 on a later page of {path}", status=404
            ) from None
        raise


def _untrusted(path: str, why: str) -> PaginationUntrusted:
    return PaginationUntrusted(f"Pagination untrusted: the listing of {path} {why}")


class UniqueRows:
    """A filter for the rows of one listing that were already seen, identified by ``key``.

    A listing that continues without new rows is an error, never complete.
    """

    def __init__(self, path: str, key: Callable[[dict[str, Any]], str]) -> None:
        self._path = path
        self._key = key
        self._seen: set[str] = set()
        self._idle_pages = 0

    def unseen(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of the next page that no earlier page had."""
        if self._idle_pages >= _MAX_IDLE_PAGES:
            raise PaginationUntrusted(
                f"Pagination untrusted: the listing of {self._path} stopped returning new rows"
            )
        new = []
        for row in rows:
            key = self._key(row)[:_MAX_KEY_LENGTH]
            if key not in self._seen:
                self._seen.add(key)
                new.append(row)
        if len(self._seen) > MAX_NAMES:
            raise PaginationUntrusted(
                f"Pagination untrusted: the listing of {self._path} does not end"
            )
        self._idle_pages = 0 if new else self._idle_pages + 1
        return new


def read_numbered_pages(
    api: QueryableAPI,
    path: str,
    query: Query,
    key: Callable[[Row], str],
    *,
    size: tuple[str, int],
    default_total: float,
) -> Iterator[list[Row]]:
    """Yield each row once, identified by ``key``, page by page.

    Rows are counted, as a page may hold fewer than requested, and a proxy may strip links. ``size``
    is the page size parameter and its first value; ``default_total`` is the number of rows to
    assume where the API reports none.
    """
    unique = UniqueRows(path, key)
    count, is_over = 0, False

    def next_query(page: Page) -> Query | None:
        number = int(parameter(page.query, "page"))
        return None if is_over else replace_parameter(page.query, "page", str(number + 1))

    name, most = size
    first = [*query, (name, str(most)), ("page", "1")]
    for page in pages(api, path, first, next_query, size=name):
        rows = objects(page.document, path)
        found = unique.unseen(rows)
        count += len(found)
        is_over = next_from_link(page) is None and (
            not rows or count >= _total(page, default_total)
        )
        yield found


def _total(page: Page, default: float) -> float:
    total = page.response.headers.get("X-Total-Count", "")
    return int(total) if total.isascii() and total.isdigit() and len(total) < 10 else default
