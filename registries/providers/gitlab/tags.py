"""Tags with digests, which GitLab's registry lists beside the OCI protocol.

https://gitlab.com/gitlab-org/container-registry/-/blob/master/docs/spec/gitlab/api.md

The listing exists where the registry keeps its metadata in a database: at gitlab.com, and where
administrators have enabled it. It takes the credentials of the registry API.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from requests import Response

from registries.oci.authorized_session import AuthorizedSession
from registries.oci.media_types import ACCEPT_JSON
from registries.oci.quirks import NO_QUIRKS
from registries.oci.remembered import Remembered
from registries.oci.scope import Scopes
from registries.providers.shared.native_api import Query, json_of_success, objects, target, text_of
from registries.providers.shared.paging import UniqueRows, next_from_link, pages
from registries.transport.endpoint import Endpoint

# Larger pages are refused.
PAGE_SIZE = 1000

_BASE = "/gitlab/v1/"
# The registry requires credentials only if it has the feature.
_AVAILABLE_STATUSES = frozenset({200, 401})

Row = dict[str, Any]


# The size of one repository's scope as JSON, besides its name, which appears twice; and the total
# that makes 6.7 KiB in base64.
_SCOPE_BYTES = 140
_MAX_TOKEN_BYTES = 5000


class GitLabTags:
    """GitLab's tag listing. Thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._session = AuthorizedSession(endpoint, time.monotonic, NO_QUIRKS)
        self._first: Scopes = frozenset()
        self._refusal = Remembered(self._check_availability, time.monotonic)

    @property
    def requests(self) -> int:
        return self._session.requests

    @property
    def bytes_read(self) -> int:
        return self._session.bytes_read

    def close(self) -> None:
        self._session.close()

    def refused_by(self, scopes: Scopes) -> str:
        """Return why the listing is not available, or "" if it is.

        ``scopes`` are the ones needed next, which saves a token request.
        """
        self._first = self._first or scopes
        return self._refusal.get()

    def pages(self, repository: str, scopes: Scopes) -> Iterator[list[Row]]:
        """Yield pages of a repository's tags.

        ``scopes`` may cover several repositories, which then share a token.
        """
        path = f"{_BASE}repositories/{repository}/tags/list/"
        api = _RepositoryAPI(self._session, scopes)
        unique = UniqueRows(path, lambda row: text_of(row, "name"))
        for page in pages(api, path, [("n", str(PAGE_SIZE))], next_from_link, size="n"):
            yield unique.unseen(objects(page.document, path))

    def _check_availability(self) -> tuple[str, float]:
        status = self._session.ask("GET", _BASE, ACCEPT_JSON, self._first).status_code
        refusal = "" if status in _AVAILABLE_STATUSES else f"status {status} on {_BASE}"
        return refusal, float("inf")


class _RepositoryAPI:
    def __init__(self, session: AuthorizedSession, scopes: Scopes) -> None:
        self._session = session
        self._scopes = scopes

    def answer(self, method: str, path: str, query: Query = ()) -> tuple[Any, Response]:
        response = self._session.ask(method, target(path, query), ACCEPT_JSON, self._scopes)
        return json_of_success(response, path), response


def token_batches(repositories: Iterable[str]) -> Iterator[list[str]]:
    """Yield batches of repositories that share a token, as many as fit, in order.

    A token for each repository would double the requests of a sync. But a token grows with its
    scopes, and servers refuse headers that are too long, by default over 8 KiB.
    """
    batch: list[str] = []
    left = _MAX_TOKEN_BYTES
    for repository in repositories:
        size = _SCOPE_BYTES + 2 * len(repository)
        if batch and size > left:
            yield batch
            batch, left = [], _MAX_TOKEN_BYTES
        batch.append(repository)
        left -= size
    if batch:
        yield batch
