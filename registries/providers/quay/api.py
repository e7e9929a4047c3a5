"""Quay's API: https://docs.quay.io/api/ (source: quay/quay, endpoints/api)

It does not reject an invalid token, but answers with public data as for an anonymous caller. Only
the registry API can check credentials.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registries.errors import MalformedResponse
from registries.oci.reference import is_repository
from registries.providers.shared.login import FixedLogin
from registries.providers.shared.native_api import NativeAPI, Query, member, objects, text_of
from registries.providers.shared.paging import Page, UniqueRows, pages, parameter, replace_parameter
from registries.transport.endpoint import Endpoint

PAGE_SIZE = 100
_REPOSITORIES = "/api/v1/repository"
_USER = "/api/v1/user/"

Row = dict[str, Any]


class QuayAPI:
    """Quay's API. Thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        """``endpoint`` has an OAuth token as secret, or none: the API accepts nothing else."""
        token = endpoint.credential.secret if endpoint.credential else ""
        login = FixedLogin({"Authorization": f"Bearer {token}"}) if token else None
        self._api = NativeAPI(endpoint, login)

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def own_namespaces(self) -> list[str]:
        """Return the namespaces of the user and the user's organizations, if the token may read
        them."""
        user = self._api.get(_USER)
        organizations = objects(user.get("organizations"), _USER) if isinstance(user, dict) else []
        names = [text_of(user, "username"), *(text_of(row, "name") for row in organizations)]
        return [name for name in names if name]

    def repositories(self, namespace: str) -> Iterator[Row]:
        """Yield the image repositories that the token may see, including public ones."""
        unique = UniqueRows(_REPOSITORIES, lambda row: text_of(row, "name"))
        query = [("namespace", namespace), ("public", "true")]
        for page in pages(self._api, _REPOSITORIES, query, _by_token):
            rows = objects(member(page.document, "repositories", _REPOSITORIES), _REPOSITORIES)
            yield from (row for row in unique.unseen(rows) if row.get("kind", "image") == "image")

    def tags(self, repository: str) -> Iterator[list[Row]]:
        """Yield the active tags; by default, Quay lists deleted ones too."""
        if not is_repository(repository):
            raise MalformedResponse("Malformed name: it violates the OCI grammar")
        path = f"{_REPOSITORIES}/{repository}/tag/"
        unique = UniqueRows(path, lambda row: text_of(row, "name"))
        query = [("onlyActiveTags", "true"), ("limit", str(PAGE_SIZE)), ("page", "1")]
        for page in pages(self._api, path, query, _by_number, size="limit"):
            yield unique.unseen(objects(member(page.document, "tags", path), path))


def _by_token(page: Page) -> Query | None:
    token = page.document.get("next_page")
    if token is None or token == "":
        return None
    if not isinstance(token, str):
        raise MalformedResponse(f'Malformed response on {_REPOSITORIES}: unusable "next_page"')
    return replace_parameter(page.query, "next_page", token)


def _by_number(page: Page) -> Query | None:
    if not member(page.document, "has_additional", "a list of tags"):
        return None
    return replace_parameter(page.query, "page", str(int(parameter(page.query, "page")) + 1))
