"""Google's registry API, whose tag lists include digests and the names below a name.

It serves credentials that the API of Artifact Registry refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from requests import Response

from registries.errors import MalformedResponse, PaginationUntrusted
from registries.oci.error_body import is_own_not_found
from registries.oci.manifest import Manifest, manifest_from_body, manifest_from_head
from registries.oci.media_types import ACCEPT_MANIFESTS
from registries.oci.reference import Reference, is_repository, is_tag
from registries.providers.artifact_registry.login import DockerLogin
from registries.providers.shared.login import Login
from registries.providers.shared.native_api import NativeAPI, error_of
from registries.providers.shared.paging import next_from_link, pages
from registries.transport.endpoint import Endpoint

# The page size of Google's own clients. A longer list is cut.
_SIZE = 10_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TagPage:
    """A tag list. ``manifests`` maps digests to details, ``children`` are the names below this
    one."""

    tags: tuple[str, ...]
    manifests: dict[str, Row]
    children: tuple[str, ...]


class GoogleRegistry:
    """The registry at ``endpoint.origin``. Thread-safe."""

    def __init__(self, endpoint: Endpoint, login: Login) -> None:
        self._api = NativeAPI(endpoint, DockerLogin(login))

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def check_login(self) -> None:
        self._api.get("/v2/")

    def tags(self, name: str) -> Iterator[TagPage]:
        path = f"/v2/{_checked(name, is_repository)}/tags/list"
        for page in pages(self._api, path, [("n", str(_SIZE))], next_from_link):
            found = _page(page.document, path)
            yield found
            if len(found.tags) >= _SIZE and next_from_link(page) is None:
                raise PaginationUntrusted(
                    f"Pagination untrusted: {path} ends at {len(found.tags)} tags and may be cut"
                )

    def manifest(self, reference: Reference) -> Manifest | None:
        """Return the manifest, or None if the registry itself says that the tag does not exist."""
        repository = _checked(reference.repository, is_repository)
        path = f"/v2/{repository}/manifests/{_checked(reference.tag, is_tag)}"
        response = self._ask("HEAD", path)
        if response.status_code == 200 and (manifest := manifest_from_head(response)):
            return manifest
        if response.status_code in (200, 404, 405):
            response = self._ask("GET", path)
            if is_own_not_found(response):
                return None
            if response.status_code == 200:
                return manifest_from_body(response, path)
        raise error_of(response, path)

    def _ask(self, method: str, path: str) -> Response:
        return self._api.ask(method, path, headers={"Accept": ACCEPT_MANIFESTS})


def _checked(name: str, is_name: Callable[[object], bool]) -> str:
    """Return the name, if it is safe in a path that a token is sent to. Raise MalformedResponse."""
    if not is_name(name):
        raise MalformedResponse("Malformed name: it violates the OCI grammar")
    return name


def _page(document: Any, path: str) -> TagPage:
    if not isinstance(document, dict) or not isinstance(document.get("tags"), list | None):
        raise MalformedResponse(f"Malformed response on {path}: not a list of tags")
    manifests = document.get("manifest")
    rows = manifests.items() if isinstance(manifests, dict) else ()
    return TagPage(
        _texts(document.get("tags")),
        {digest: row for digest, row in rows if isinstance(row, dict)},
        _texts(document.get("child")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
