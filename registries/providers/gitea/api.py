"""The packages API of Gitea and Forgejo, for container images.

https://docs.gitea.com/api, "package"; https://codeberg.org/api/swagger. Each row is one version: a
tag, or the digest of a manifest. The newest come first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registries.providers.shared.login import basic_login
from registries.providers.shared.native_api import NativeAPI, Query, segment, text_of
from registries.providers.shared.paging import read_numbered_pages
from registries.transport.endpoint import Endpoint

# The largest page, unless MAX_RESPONSE_ITEMS is configured differently.
PAGE_SIZE = 50

Row = dict[str, Any]


class GiteaAPI:
    """The packages API. Thread-safe."""

    def __init__(self, endpoint: Endpoint, base: str = "") -> None:
        """``endpoint`` is the API's, whose paths start with ``base``."""
        self._api = NativeAPI(endpoint, basic_login(endpoint.credential))
        self._base = f"{base}/api/v1"

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def user(self) -> str:
        return text_of(self._api.get(f"{self._base}/user"), "login")

    def organizations(self) -> list[str]:
        """Return the organizations that the user belongs to."""
        listing = self._rows(f"{self._base}/user/orgs", (), "username")
        return [name for rows in listing for row in rows if (name := text_of(row, "username"))]

    def versions(self, owner: str) -> Iterator[list[Row]]:
        """Yield the versions of all images of a user or an organization."""
        path = f"{self._base}/packages/{segment(owner)}"
        return self._rows(path, (("type", "container"),), "name", "version")

    def _rows(self, path: str, query: Query, *key: str) -> Iterator[list[Row]]:
        """Yield rows. If their number is unknown, only an empty page is the end."""
        return read_numbered_pages(
            self._api,
            path,
            query,
            lambda row: "\n".join(text_of(row, name) for name in key),
            size=("limit", PAGE_SIZE),
            default_total=float("inf"),
        )
