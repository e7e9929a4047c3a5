"""Names from a catalog or a tag list, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from requests import Response

from registries.errors import MalformedResponse, RegistryError, UnexpectedStatus
from registries.oci.error_body import ErrorBody
from registries.oci.json_object import json_object
from registries.oci.pagination import Pages
from registries.oci.quirks import NO_QUIRKS, Quirks
from registries.transport.origin import Origin
from registries.transport.redaction import redacted

PAGE_SIZE = 1000
_LEAST_PAGE_SIZE = 50
MAX_REJECTED = 20
# A rejected name is shortened: it may be as long as a body.
_SHOWN_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Page:
    """A page. ``rejected`` are the first MAX_REJECTED invalid names, possibly cut."""

    names: tuple[str, ...]
    rejected: tuple[str, ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing: answers at ``path`` hold names under ``key``, valid if ``is_name``."""

    path: str
    key: str
    is_name: Callable[[object], bool]


class Listings:
    """Reads the listings of one registry. Thread-safe."""

    def __init__(
        self, origin: Origin, clock: Callable[[], float], quirks: Quirks = NO_QUIRKS
    ) -> None:
        self._origin = origin
        self._quirks = quirks
        self._clock = clock
        self._page_size: int | None = PAGE_SIZE

    def pages(
        self,
        listing: Listing,
        ask: Callable[[str], Response],
        failure: Callable[[Response], RegistryError],
    ) -> Iterator[Page]:
        """Yield pages. ``failure`` returns the error for an answer other than 200."""
        pages, response = self._first_page(listing.path, ask)
        if response.status_code != 200:
            raise failure(response)
        while True:
            yield _page(listing, response, pages)
            if pages.query is None:
                return
            response = ask(f"{listing.path}?{pages.query}")
            if response.status_code != 200:
                raise _broken_off(response, listing.path)

    def _first_page(self, path: str, ask: Callable[[str], Response]) -> tuple[Pages, Response]:
        """Return the first page. Registries have a largest page, and some refuse to exceed it."""
        size = self._page_size
        while size is not None:
            pages = self._start(path, size)
            response = ask(f"{path}?{pages.query}")
            if not _is_page_size_refused(response):
                self._keep(size, response)
                return pages, response
            size = size // 2 if size // 2 >= _LEAST_PAGE_SIZE else None
        response = ask(path)
        self._keep(None, response)
        return self._start(path, None), response

    def _start(self, path: str, size: int | None) -> Pages:
        misleading = self._quirks.misleading_links
        return Pages(self._origin, path, size, self._clock, misleading_links=misleading)

    def _keep(self, size: int | None, response: Response) -> None:
        """Keep a page size that worked for other listings; an error may have had another reason."""
        if response.status_code == 200:
            self._page_size = size


def _page(listing: Listing, response: Response, pages: Pages) -> Page:
    listed = _names(json_object(response, listing.path), listing)
    names = [name for name in listed if listing.is_name(name)]
    rejected = [name for name in listed if not listing.is_name(name)]
    new = pages.take(names, response.headers.get("Link"), rejected=len(rejected))
    login = response.request.headers.get("Authorization")
    return Page(
        names=tuple(new),
        rejected=tuple(redacted(name, login)[:_SHOWN_LENGTH] for name in rejected[:MAX_REJECTED]),
        is_last=pages.query is None,
    )


def _is_page_size_refused(response: Response) -> bool:
    if response.status_code == 400:
        return "PAGINATION_NUMBER_INVALID" in ErrorBody.of(response).codes
    return response.status_code == 422


def _broken_off(response: Response, path: str) -> UnexpectedStatus:
    """Return the error of a later page: a 404 there means that the page, not the listing, is
    lost."""
    status = response.status_code
    return UnexpectedStatus(
        f"Unexpected status {status} on a later page of {path}{ErrorBody.of(response)}",
        status=status,
    )


def _names(document: dict[str, Any], listing: Listing) -> list[str]:
    """Return the names; registries written in Go send null for none."""
    if listing.key not in document:
        raise MalformedResponse(f'Malformed response on {listing.path}: "{listing.key}" is missing')
    names = document[listing.key]
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise MalformedResponse(f"Malformed response on {listing.path}: not a list of names")
    return names
