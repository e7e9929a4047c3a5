"""Listings of an API, page by page, and when to stop believing in one.

A listing that goes in a circle or does not come to an end is an error, never complete. A short
page is not the end, and a full one no proof of more: only the API's own word counts, which is
what a product's ``following`` reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

from requests import Response

from registries.errors import PaginationUntrusted, RegistryError, UnexpectedStatus
from registries.oci.link import next_target
from registries.providers.shared.native_api import Query

MAX_PAGES = 10_000
MAX_SECONDS = 6 * 3600.0
# Servers take a request line of so many bytes.
_LONGEST_QUERY = 8 * 1024
# How a page size that is too large is refused, where it is not just cut to what is allowed.
_SIZE_REFUSED = frozenset({400, 405, 406, 422})
_LEAST_SIZE = 10


class Answering(Protocol):
    """An API that can be asked: NativeAPI, or one whose logins are others."""

    def answer(self, method: str, path: str, query: Query = ()) -> tuple[Any, Response]:
        """The JSON and all the rest of a good answer. Raise what another answer means."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. ``query`` is what it was asked with."""

    document: Any
    response: Response
    query: Query


# The query of the next page, or None after the last one.
Following = Callable[[Page], Query | None]


def pages(
    api: Answering,
    path: str,
    query: Query,
    following: Following,
    *,
    size: str = "",
    most: int = MAX_PAGES,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Page]:
    """Every page of the listing at ``path``. Raise what breaks it off, or a page's own refusal.

    ``size`` names the parameter of the page size: where the first page is refused for it, it
    is halved. ``most`` is how many pages are believed in.
    """
    started, asked = clock(), {tuple(query)}
    page = _first(api, path, query, size)
    yield page
    while (query := following(page) or ()) != ():
        if tuple(query) in asked:
            raise _untrusted(path, "goes in a circle")
        if sum(len(name) + len(value) for name, value in query) > _LONGEST_QUERY:
            raise _untrusted(path, "goes on at a place that takes too long to name")
        asked.add(tuple(query))
        if len(asked) > most or clock() - started > MAX_SECONDS:
            raise _untrusted(path, "does not come to an end")
        page = _further(api, path, query)
        yield page


def linked(page: Page) -> Query | None:
    """The next page by ``Link: <...>; rel="next"`` (RFC 8288).

    Of the link nothing but its query is used, on our own path: so it leads nowhere else,
    wherever a proxy or the API's own idea of its address makes it point.
    """
    try:
        target = next_target(page.response.headers.get("Link", ""))
    except ValueError:
        raise _untrusted("a listing", "has a next-page link that cannot be read") from None
    if target is None:
        return None
    query = parse_qsl(target.partition("?")[2].partition("#")[0], keep_blank_values=True)
    if not query:
        raise _untrusted("a listing", "has a next-page link without a query")
    return query


def with_parameter(query: Query, name: str, value: str) -> Query:
    """``query`` with one parameter set, in the place of what it was."""
    return [pair for pair in query if pair[0] != name] + [(name, value)]


def parameter(query: Query, name: str) -> str:
    return next((value for key, value in query if key == name), "")


def _first(api: Answering, path: str, query: Query, size: str) -> Page:
    while True:
        try:
            return Page(*api.answer("GET", path, query), query)
        except RegistryError as refusal:
            smaller = int(parameter(query, size) or 0) // 2
            if refusal.status not in _SIZE_REFUSED or smaller < _LEAST_SIZE:
                raise
            query = with_parameter(query, size, str(smaller))


def _further(api: Answering, path: str, query: Query) -> Page:
    """A 404 in the middle of a listing says that the page is lost, not what is listed."""
    try:
        return Page(*api.answer("GET", path, query), query)
    except RegistryError as error:
        if error.status == 404:
            raise UnexpectedStatus(
                f"Unexpected status 404 on a further page of {path}", status=404
            ) from None
        raise


def _untrusted(path: str, why: str) -> PaginationUntrusted:
    return PaginationUntrusted(f"Pagination untrusted: the listing of {path} {why}")
