"""The GraphQL API of zot's search extension.

https://zotregistry.dev/latest/articles/graphql/ (source: project-zot/zot, pkg/extensions/search)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from registries.errors import MalformedResponse, PaginationUntrusted, UnexpectedStatus
from registries.providers.shared.login import basic_login
from registries.providers.shared.native_api import NativeAPI, Query, member, objects, text_of
from registries.providers.shared.paging import Page, UniqueRows, pages
from registries.transport.endpoint import Endpoint
from registries.transport.printable import printable

PAGE_SIZE = 1000
_PATH = "/v2/_zot/ext/search"
# The fields of an image. Older versions refuse a query with fields they do not know.
_BASIC = "RepoName Tag Digest"
_MORE = f"{_BASIC} MediaType Size"
_FIELDS = (
    f"{_MORE} PushTimestamp TaggedTimestamp Manifests{{ArtifactType Platform{{Os Arch}}}}",
    f"{_MORE} Manifests{{Platform{{Os Arch}}}}",
    _BASIC,
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of the search. ``total`` is the number of images on all pages."""

    rows: list[Row]
    total: int


class ZotSearch:
    """The search extension of one registry. Thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._api = NativeAPI(endpoint, basic_login(endpoint.credential))
        self._fields = 0

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def images(self, repository: str) -> Iterator[SearchPage]:
        """Yield the tagged images of a repository, or of all for "", by repository and tag.

        Raise PaginationUntrusted at the end if rows were missed.
        """
        for fields in range(self._fields, len(_FIELDS)):
            listing = _Listing(repository, _FIELDS[fields])
            try:
                first = next(rest := listing.pages(self._api))
            except _UnknownFields:
                continue
            self._fields = max(self._fields, fields)
            yield first
            yield from rest
            return
        self._fields = len(_FIELDS)
        raise _UnknownFields("zot's search does not know the fields of an image", status=422)


class _UnknownFields(UnexpectedStatus):
    """The query uses fields that this version of zot does not know."""


class _Listing:
    """One listing, sorted so that rows stay in place while it is read."""

    def __init__(self, repository: str, fields: str) -> None:
        self._repository = repository
        self._fields = fields
        self._unique = UniqueRows(
            _PATH, lambda row: f"{text_of(row, 'RepoName')}:{text_of(row, 'Tag')}"
        )
        self._distinct = 0
        self._offset = 0
        self._is_over = False

    def pages(self, api: NativeAPI) -> Iterator[SearchPage]:
        total = 0
        try:
            for page in pages(api, _PATH, self._query(), self._next_query):
                found = self._read(page)
                total = found.total
                yield found
        except UnexpectedStatus as error:
            # The status that gqlgen, which zot uses, sends for fields missing in its schema.
            if error.status == 422 and self._offset == 0:
                raise _UnknownFields(str(error), status=422) from None
            raise
        if self._distinct < total:
            raise PaginationUntrusted(
                f"Pagination untrusted: the listing of {_PATH} returned {self._distinct} of "
                f"{total} images"
            )

    def _next_query(self, page: Page) -> Query | None:
        return None if self._is_over else self._query()

    def _query(self) -> Query:
        page = f"limit:{PAGE_SIZE},offset:{self._offset},sortBy:ALPHABETIC_ASC"
        arguments = f"repo:{json.dumps(self._repository)},requestedPage:{{{page}}}"
        fields = f"Page{{TotalCount}} Results{{{self._fields}}}"
        return [("query", f"{{ImageList({arguments}){{{fields}}}}}")]

    def _read(self, page: Page) -> SearchPage:
        if isinstance(page.document, dict) and page.document.get("errors"):
            raise _UnknownFields(f"zot's search refused: {_reason(page.document)}", status=422)
        found = member(member(page.document, "data", _PATH), "ImageList", _PATH)
        rows = objects(member(found, "Results", _PATH), _PATH)
        total = member(member(found, "Page", _PATH), "TotalCount", _PATH)
        if not isinstance(total, int):
            raise MalformedResponse(f'Malformed response on {_PATH}: "TotalCount" is not a number')
        new = self._unique.unseen(rows)
        self._distinct += len(new)
        self._offset += len(rows)
        # If the total is smaller than the rows read, only an empty page is the end.
        self._is_over = not rows or self._offset == total
        return SearchPage(new, total)


def _reason(document: dict[str, Any]) -> str:
    errors = document["errors"]
    first = errors[0] if isinstance(errors, list) and errors else None
    return printable(text_of(first, "message")) or "without a reason"
