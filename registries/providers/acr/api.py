"""Azure Container Registry's own API, on the registry's host.

https://learn.microsoft.com/rest/api/containerregistry/

It accepts a password with each request, as Azure's own tools send it. Other credentials, and
passwords that it rejects, are exchanged for a token for each repository, as for the registry API.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from requests import Response

from registries.errors import PaginationUntrusted
from registries.oci.authorized_session import AuthorizedSession
from registries.oci.media_types import ACCEPT_JSON
from registries.oci.pagination import MAX_NAMES
from registries.oci.quirks import Quirks
from registries.oci.scope import Scopes, metadata_read
from registries.providers.shared.login import basic_login
from registries.providers.shared.native_api import (
    NativeAPI,
    Query,
    json_of_success,
    member,
    objects,
    segment,
    target,
)
from registries.providers.shared.paging import Page, next_from_link, pages
from registries.transport.endpoint import Endpoint

# Larger page sizes are silently reduced to this.
PAGE_SIZE = 1000

# The password of this user name is a refresh token.
TOKEN_USER = "00000000-0000-0000-0000-000000000000"  # noqa: S105  not the token itself
QUIRKS = Quirks(refresh_token_user=TOKEN_USER)

Row = dict[str, Any]


class AcrAPI:
    """Azure's own API of one registry. Thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        login = endpoint.credential
        has_password = login is not None and login.username != TOKEN_USER
        self._by_password = NativeAPI(endpoint, basic_login(login)) if has_password else None
        self._by_token = AuthorizedSession(endpoint, time.monotonic, QUIRKS)
        self._requires_tokens = threading.Event()

    @property
    def requests(self) -> int:
        return sum(session.requests for session in self._sessions())

    @property
    def bytes_read(self) -> int:
        return sum(session.bytes_read for session in self._sessions())

    def close(self) -> None:
        for session in self._sessions():
            session.close()

    def manifests(self, repository: str) -> Iterator[tuple[list[Row], bool]]:
        """Yield pages of manifests, including untagged ones, each with whether it is the last."""
        return self._rows(repository, "manifests")

    def tags(self, repository: str) -> Iterator[tuple[list[Row], bool]]:
        """Yield pages of tags with digests, each with whether it is the last."""
        return self._rows(repository, "tags")

    def _rows(self, repository: str, key: str) -> Iterator[tuple[list[Row], bool]]:
        path = f"/acr/v1/{'/'.join(map(segment, repository.split('/')))}/_{key}"
        scopes = metadata_read(repository)
        api = _RepositoryAPI(self._by_password, self._by_token, scopes, self._requires_tokens)
        count = 0
        for page in pages(api, path, [("n", str(PAGE_SIZE))], next_from_link):
            rows = objects(member(page.document, key, path), path)
            count += len(rows)
            if count > MAX_NAMES:
                raise PaginationUntrusted(
                    f"Pagination untrusted: the listing of {path} does not end"
                )
            yield rows, _is_last(page)

    def _sessions(self) -> tuple[NativeAPI | AuthorizedSession, ...]:
        return (self._by_password, self._by_token) if self._by_password else (self._by_token,)


class _RepositoryAPI:
    """The API for one repository. ``requires_tokens`` is set if passwords are not accepted."""

    def __init__(
        self,
        by_password: NativeAPI | None,
        by_token: AuthorizedSession,
        scopes: Scopes,
        requires_tokens: threading.Event,
    ) -> None:
        self._by_password = by_password
        self._by_token = by_token
        self._scopes = scopes
        self._requires_tokens = requires_tokens

    def answer(self, method: str, path: str, query: Query = ()) -> tuple[Any, Response]:
        response = self._ask(method, path, query)
        return json_of_success(response, path), response

    def _ask(self, method: str, path: str, query: Query) -> Response:
        if self._by_password is not None and not self._requires_tokens.is_set():
            response = self._by_password.ask(method, path, query)
            if response.status_code != 401:
                return response
        response = self._by_token.ask(method, target(path, query), ACCEPT_JSON, self._scopes)
        if response.status_code == 200:
            self._requires_tokens.set()
        return response


def _is_last(page: Page) -> bool:
    return next_from_link(page) is None
