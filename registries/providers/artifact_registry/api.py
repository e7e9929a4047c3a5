"""The API of Artifact Registry, whose repositories each hold many images.

https://cloud.google.com/artifact-registry/docs/reference/rest
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from requests import Response

from registries.errors import MalformedResponse, PaginationUntrusted
from registries.oci.pagination import MAX_NAMES
from registries.providers.artifact_registry.names import Place, project_path
from registries.providers.shared.login import Login
from registries.providers.shared.native_api import (
    NativeAPI,
    Query,
    error_of,
    json_document,
    objects,
    segment,
    text_of,
)
from registries.providers.shared.paging import Page, pages, replace_parameter
from registries.transport.endpoint import Endpoint

PAGE_SIZE = 1000
# Anything longer is not a name. It is reported, possibly shortened.
_LONGEST = 1000

Row = dict[str, Any]


class ArtifactRegistry:
    """The API at ``endpoint.origin``. Thread-safe."""

    def __init__(self, endpoint: Endpoint, login: Login) -> None:
        self._api = NativeAPI(endpoint, login)

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def check_login(self, project: str) -> None:
        self._api.get(f"{project_path(project)}/locations", [("pageSize", "1")])

    def check_repository(self, place: Place) -> None:
        """Raise NotFound if the repository does not exist."""
        self._api.get(place.path)

    def locations(self, project: str) -> Iterator[str]:
        for rows in self._pages(f"{project_path(project)}/locations", "locations"):
            yield from filter(None, (text_of(row, "locationId") for row in rows))

    def repositories(self, project: str, location: str) -> Iterator[Place]:
        """Yield the repositories for container images."""
        path = f"{project_path(project)}/locations/{segment(location)}/repositories"
        for rows in self._pages(path, "repositories"):
            for row in rows:
                if row.get("format") == "DOCKER" and (name := _last(row, "repositories")):
                    yield Place(project, location, name)

    def packages(self, place: Place) -> Iterator[list[str]]:
        """Yield pages of image names."""
        for rows in self._pages(f"{place.path}/packages", "packages"):
            yield [name for row in rows if (name := _last(row, "packages"))]

    def images(self, place: Place) -> Iterator[list[tuple[str, str, Row]]]:
        """Yield pages of every digest of every image: (image, digest, row)."""
        for rows in self._pages(f"{place.path}/dockerImages", "dockerImages"):
            named = [(_last(row, "dockerImages").rpartition("@"), row) for row in rows]
            yield [(image, digest, row) for (image, _, digest), row in named if image]

    def tags(self, place: Place, image: str) -> Iterator[list[tuple[str, str]]]:
        """Yield pages of one image's tags with digests."""
        path = f"{place.path}/packages/{segment(image)}/tags"
        for rows in self._pages(path, "tags"):
            yield [(_last(row, "tags"), _digest(row)) for row in rows]

    def digest(self, place: Place, image: str, tag: str) -> str | None:
        """Return the digest, or None if the API itself reports that the tag does not exist."""
        path = f"{place.path}/packages/{segment(image)}/tags/{segment(tag)}"
        response = self._api.ask("GET", path)
        if response.status_code == 404 and _is_own_not_found(response):
            return None
        if response.status_code != 200:
            raise error_of(response, path)
        return _digest(json_document(response, path))

    def _pages(self, path: str, key: str) -> Iterator[list[Row]]:
        first: Query = [("pageSize", str(PAGE_SIZE))]
        count = 0
        for page in pages(self._api, path, first, _next_query, size="pageSize"):
            if not isinstance(page.document, dict):
                raise MalformedResponse(f"Malformed response on {path}: not an object")
            # Google omits empty members.
            rows = objects(page.document.get(key), path)
            count += len(rows)
            if count > MAX_NAMES:
                raise PaginationUntrusted(
                    f"Pagination untrusted: the listing of {path} does not end"
                )
            yield rows


def _next_query(page: Page) -> Query | None:
    token = text_of(page.document, "nextPageToken")
    return replace_parameter(page.query, "pageToken", token) if token else None


def _last(row: Row, collection: str) -> str:
    """Return the last part of a resource name, in which slashes are escaped."""
    return unquote(text_of(row, "name").rpartition(f"/{collection}/")[2])[:_LONGEST]


def _digest(row: Any) -> str:
    return text_of(row, "version").rpartition("/versions/")[2]


def _is_own_not_found(response: Response) -> bool:
    """Return whether the "not found" is the API's own, not that of a proxy."""
    try:
        error = json.loads(response.content)["error"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return False
    return text_of(error, "status") == "NOT_FOUND"
