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
# What is shown of a rejected name, which may be as long as a body.
_SHOWN_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Page:
    """``rejected`` are the first MAX_REJECTED names outside the OCI grammar, perhaps cut."""

    names: tuple[str, ...]
    rejected: tuple[str, ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed where: ``key`` of the answers at ``path`` holds names that ``is_name``."""

    path: str
    key: str
    is_name: Callable[[object], bool]


class Listings:
    """Of one registry. Safe to share between threads."""

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
        """``failure`` says what it means that the registry does not answer a page with 200."""
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
        """Registries have their own largest page, and some refuse to be asked for more."""
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
        """Other listings need not find it out again; an error may have had another reason."""
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
    """A 404 in the middle of a listing says that the page is lost, not what is listed."""
    status = response.status_code
    return UnexpectedStatus(
        f"Unexpected status {status} on a further page of {path}{ErrorBody.of(response)}",
        status=status,
    )


def _names(document: dict[str, Any], listing: Listing) -> list[str]:
    """Null is how registries written in Go say that there are none."""
    if listing.key not in document:
        raise MalformedResponse(f'Malformed response on {listing.path}: without "{listing.key}"')
    names = document[listing.key]
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise MalformedResponse(f"Malformed response on {listing.path}: not a list of names")
    return names
