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
from registries.transport.origin import Origin

PAGE_SIZE = 1000
_LEAST_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """``rejected`` are names outside the OCI grammar."""

    names: tuple[str, ...]
    rejected: tuple[str, ...]
    is_last: bool


def read_pages(
    origin: Origin,
    path: str,
    key: str,
    is_name: Callable[[object], bool],
    ask: Callable[[str], Response],
    failure: Callable[[Response], RegistryError],
) -> Iterator[Page]:
    """``failure`` says what it means that the registry does not answer a page with 200."""
    pages, response = _first_page(origin, path, ask)
    is_first = True
    while True:
        if response.status_code != 200:
            raise failure(response) if is_first else _broken_off(response, path)
        is_first = False
        names = _names(json_object(response, path).get(key), path)
        new = pages.take(names, response.headers.get("Link"))
        yield Page(
            names=tuple(name for name in new if is_name(name)),
            rejected=tuple(name for name in new if not is_name(name)),
            is_last=pages.query is None,
        )
        if pages.query is None:
            return
        response = ask(f"{path}?{pages.query}")


def _first_page(
    origin: Origin, path: str, ask: Callable[[str], Response]
) -> tuple[Pages, Response]:
    """Registries have their own largest page, and some refuse to be asked for more."""
    size: int | None = PAGE_SIZE
    while size is not None:
        pages = Pages(origin, path, size)
        response = ask(f"{path}?{pages.query}")
        if not _is_page_size_refused(response):
            return pages, response
        size = size // 2 if size // 2 >= _LEAST_PAGE_SIZE else None
    return Pages(origin, path, None), ask(path)


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


def _names(value: Any, path: str) -> list[str]:
    """Null is how registries written in Go say that there are none."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise MalformedResponse(f"Malformed response on {path}: not a list of names")
    return value
