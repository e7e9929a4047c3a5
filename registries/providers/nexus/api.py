"""Nexus Repository 3's own API, for Docker repositories.

https://help.sonatype.com/en/rest-and-integration-api.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from registries.errors import MalformedResponse, PaginationUntrusted, RegistryError
from registries.oci.remembered import Remembered
from registries.providers.shared.native_api import (
    NativeAPI,
    Query,
    member,
    objects,
    segment,
    text_of,
)
from registries.providers.shared.paging import Page, pages, replace_parameter

GROUP = "group"

# The server chooses the page size; older ones return ten components at a time.
PAGE_SIZE = 10
_MAX_PAGES = 200_000
_TOKEN = "continuationToken"  # noqa: S105  a position in a listing
# The statuses for a continuation token that is no longer valid.
_LOST_STATUSES = frozenset({400, 404, 406, 410})

# A component of a repository: in Docker, one tag of an image.
Row = dict[str, Any]


class Nexus:
    """Nexus' API. Thread-safe. ``base`` is its path on the host, "" or "/nexus"."""

    def __init__(self, api: NativeAPI, base: str = "") -> None:
        self._api = api
        self._base = f"{base}/service/rest/v1"
        self._kinds = Remembered(lambda: (self._read_kinds(), float("inf")), time.monotonic)

    def kinds(self) -> Mapping[str, str]:
        """Return hosted, proxy or group for each visible Docker repository."""
        return self._kinds.get()

    def members(self, group: str) -> list[str]:
        """Return a group's members in the order in which they are searched."""
        path = f"{self._base}/repositories/docker/group/{segment(group)}"
        names = member(member(self._api.get(path), "group", path), "memberNames", path)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise MalformedResponse(f"Malformed response on {path}: not a list of names")
        return names

    def components(self, repository: str) -> Iterator[Row]:
        path, query = f"{self._base}/components", [("repository", repository)]
        for page in pages(self._api, path, query, _next_query, most=_MAX_PAGES):
            yield from objects(member(page.document, "items", path), path)

    def _read_kinds(self) -> Mapping[str, str]:
        path = f"{self._base}/repositories"
        found = {
            text_of(one, "name"): text_of(one, "type").lower()
            for one in objects(self._api.get(path), path)
            if text_of(one, "format").lower() == "docker"
        }
        return {name: kind for name, kind in sorted(found.items()) if name}


def _next_query(page: Page) -> Query | None:
    token = member(page.document, _TOKEN, "components")
    if token is None:
        return None
    if not isinstance(token, str) or not token:
        raise MalformedResponse(f'Malformed response on components: unusable "{_TOKEN}"')
    return replace_parameter(page.query, _TOKEN, token)


def is_page_lost(error: RegistryError) -> bool:
    """Return whether the continuation token expired, or loops, as observed in practice."""
    return isinstance(error, PaginationUntrusted) or error.status in _LOST_STATUSES
