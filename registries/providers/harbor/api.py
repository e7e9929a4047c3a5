"""Harbor's API, on the registry's host.

https://goharbor.io/docs/main/build-customize-contribute/configure-swagger/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registries.oci.error_body import is_own_not_found
from registries.oci.reference import Reference
from registries.providers.shared.login import basic_login
from registries.providers.shared.native_api import (
    NativeAPI,
    Query,
    error_of,
    json_document,
    segment,
    text_of,
)
from registries.providers.shared.paging import read_numbered_pages
from registries.transport.endpoint import Endpoint

# Larger pages are refused.
PAGE_SIZE = 100

_BASE = "/api/v2.0"
_PROJECTS_BY_NAME = {"X-Is-Resource-Name": "true"}
_TAGS_ONLY = (
    ("with_tag", "true"),
    ("with_label", "false"),
    ("with_scan_overview", "false"),
    ("with_accessory", "false"),
)
# Oldest first: images pushed while the pages are read appear on the last one.
_TAGGED = (*_TAGS_ONLY, ("q", "tags=*"), ("sort", "id"))

Row = dict[str, Any]


class HarborAPI:
    """Harbor's API. Thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._api = NativeAPI(endpoint, basic_login(endpoint.credential), _PROJECTS_BY_NAME)

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def repositories(self, project: str = "") -> Iterator[list[Row]]:
        """Yield the repositories of a project, or of all visible projects."""
        path = f"{_BASE}/projects/{segment(project)}/repositories"
        return self._rows(path if project else f"{_BASE}/repositories", (("sort", "name"),), "name")

    def artifacts(self, repository: str) -> Iterator[list[Row]]:
        """Yield the artifacts that have tags, with their tags."""
        return self._rows(_artifacts_path(repository), _TAGGED, "digest")

    def artifact(self, reference: Reference) -> Row | None:
        """Return the artifact, or None if Harbor itself says that the tag does not exist."""
        path = f"{_artifacts_path(reference.repository)}/{segment(reference.tag)}"
        response = self._api.ask("GET", path, _TAGS_ONLY)
        if response.status_code == 200:
            document = json_document(response, path)
            return document if isinstance(document, dict) else {}
        if is_own_not_found(response):
            return None
        raise error_of(response, path)

    def _rows(self, path: str, query: Query, key: str) -> Iterator[list[Row]]:
        """Yield rows. If their number is unknown, a page without a link is the last one."""
        size = ("page_size", PAGE_SIZE)
        return read_numbered_pages(
            self._api, path, query, lambda row: text_of(row, key), size=size, default_total=0
        )


def _artifacts_path(repository: str) -> str:
    """Return the path. Slashes within a project are quoted twice: Harbor's router unquotes once."""
    project, _, name = repository.partition("/")
    return f"{_BASE}/projects/{segment(project)}/repositories/{segment(segment(name))}/artifacts"
