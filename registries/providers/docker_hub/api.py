"""Docker Hub's API: https://docs.docker.com/reference/api/hub/latest/

Pages are numbered, newest first, and linked. ``page_size`` was not always honored
(docker/hub-feedback#2343), so only the link shows whether there are more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    MalformedResponse,
    PaginationUntrusted,
)
from registries.oci.json_web_token import lifetime
from registries.oci.reference import Reference
from registries.providers.shared.login import TokenLogin
from registries.providers.shared.native_api import (
    NativeAPI,
    Query,
    member,
    objects,
    segment,
    text_of,
)
from registries.providers.shared.paging import Page, UniqueRows, pages
from registries.transport.endpoint import Credential, Endpoint

PAGE_SIZE = 100

_LOGIN = "/v2/auth/token"
_ORGANIZATIONS = "/v2/user/orgs/"
# Tokens that belong to an organization, which is then the user name.
_ORGANIZATION_PREFIX = "dckr_oat_"
_TOKEN = re.compile(r"[\x21-\x7e]+")
_DEFAULT_LIFETIME = 300.0
_MAX_LIFETIME = 86_400.0

Row = dict[str, Any]


class DockerHubAPI:
    """Docker Hub's API. Thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        """``endpoint`` is the API's. Without credentials, only public repositories are listed."""
        self._credential = endpoint.credential
        self._login = TokenLogin(self._log_in) if endpoint.credential else None
        self._api = NativeAPI(endpoint, self._login)
        self._login_api = NativeAPI(endpoint)

    @property
    def requests(self) -> int:
        return self._api.requests + self._login_api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read + self._login_api.bytes_read

    @property
    def is_personal(self) -> bool:
        """Return whether the credentials are a user's, who sees all of their repositories."""
        login = self._credential
        return login is not None and not login.secret.startswith(_ORGANIZATION_PREFIX)

    def close(self) -> None:
        self._api.close()
        self._login_api.close()

    def confirm_login(self) -> None:
        """Raise AuthenticationFailed if the credentials are rejected."""
        if self._login is not None:
            self._login.headers()

    def own_namespace(self) -> str:
        """Return the namespace of the user, or of the organization that owns the token."""
        name = self._credential.username if self._credential else ""
        return "" if "@" in name else name.lower()

    def organizations(self) -> Iterator[str]:
        for rows in self._rows(_ORGANIZATIONS, "orgname"):
            yield from filter(None, (text_of(row, "orgname") for row in rows))

    def repositories(self, namespace: str) -> Iterator[str]:
        """Yield the names of the repositories in the namespace."""
        for rows in self._rows(f"/v2/namespaces/{segment(namespace)}/repositories", "name"):
            yield from (text_of(row, "name") for row in rows)

    def tags(self, repository: str) -> Iterator[list[Row]]:
        return self._rows(_tags_path(repository), "name")

    def tag(self, reference: Reference) -> Row:
        path = f"{_tags_path(reference.repository)}/{segment(reference.tag)}"
        row = self._api.get(path)
        if text_of(row, "name") != reference.tag:
            raise MalformedResponse(f"Malformed response on {path}: it is about another tag")
        found: Row = row
        return found

    def _rows(self, path: str, key: str) -> Iterator[list[Row]]:
        unique = UniqueRows(path, lambda row: text_of(row, key))
        query = [("page_size", str(PAGE_SIZE)), ("page", "1")]
        for page in pages(self._api, path, query, _next_query, size="page_size"):
            yield unique.unseen(objects(member(page.document, "results", path), path))

    def _log_in(self) -> tuple[str, float]:
        login = self._credential or Credential("", "")
        body = json.dumps({"identifier": login.username, "secret": login.secret}).encode()
        headers = {"Content-Type": "application/json"}
        try:
            document, _ = self._login_api.answer("POST", _LOGIN, body=body, headers=headers)
        except AccessDenied as refusal:
            raise AuthenticationFailed(
                f"Authentication failed: {refusal}", status=refusal.status
            ) from None
        token = text_of(document, "access_token")
        if _TOKEN.fullmatch(token) is None:
            raise MalformedResponse(f"Malformed response on {_LOGIN}: no token")
        seconds = lifetime(token)
        return token, _DEFAULT_LIFETIME if seconds is None else min(seconds, _MAX_LIFETIME)


def _tags_path(repository: str) -> str:
    namespace, _, name = repository.partition("/")
    return f"/v2/namespaces/{segment(namespace)}/repositories/{segment(name)}/tags"


def _next_query(page: Page) -> Query | None:
    """Return the query of the link, for our own path. The link's host and path are ignored."""
    link = page.document.get("next")
    if link is None or link == "":
        return None
    query = parse_qsl(link.partition("?")[2].partition("#")[0]) if isinstance(link, str) else []
    if not query:
        raise PaginationUntrusted("Pagination untrusted: the next-page link has no query")
    return query
