"""GitHub's packages API, for container images.

https://docs.github.com/rest/packages/packages

A package belongs to an organization or to a user, and each kind has paths of its own. Package names
may contain slashes, which are escaped in paths. Pages are numbered, newest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    NotFound,
    RateLimited,
    RegistryError,
)
from registries.providers.shared.login import PersonalToken
from registries.providers.shared.native_api import NativeAPI, Query, objects, segment, text_of
from registries.providers.shared.paging import UniqueRows, next_from_link, pages
from registries.transport.endpoint import Endpoint

PAGE_SIZE = 100
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_USERS = "users"
_OWNER_KINDS = ("orgs", _USERS)
_CONTAINERS = (("package_type", "container"),)

# One package, one version of a package, or one organization.
Row = dict[str, Any]


class GitHubPackages:
    """The packages API. Thread-safe. Owners are in lower case, as in image names."""

    def __init__(self, endpoint: Endpoint, base: str = "") -> None:
        """``endpoint`` is the API's, whose paths start with ``base``."""
        self._api = NativeAPI(endpoint, PersonalToken(endpoint.credential), _HEADERS)
        self._base = base
        self._owner_kinds: dict[str, str] = {}
        self._refusals: dict[str, RegistryError] = {}

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def own_repositories(self) -> Iterator[str]:
        """Yield the repositories of the token's user."""
        for rows in self._rows(f"{self._base}/user/packages", "name", _CONTAINERS):
            for row in rows:
                repository = _repository(row)
                self._owner_kinds.setdefault(repository.partition("/")[0], _USERS)
                yield repository

    def organizations(self) -> list[str]:
        """Return the user's organizations in lower case, if the token may list them."""
        listing = self._rows(f"{self._base}/user/orgs", "login")
        return [text_of(row, "login").lower() for rows in listing for row in rows]

    def repositories(self, owner: str) -> Iterator[str]:
        """Yield the repositories of an organization or a user."""
        try:
            for rows in self._rows_of(owner, "", "name", _CONTAINERS):
                yield from (_repository(row, owner) for row in rows)
        except (AccessDenied, AuthenticationFailed) as refusal:
            self._refusals[owner] = refusal.plain()
            raise

    def versions(self, repository: str) -> Iterator[list[Row]]:
        """Yield every manifest that was pushed, with its current tags.

        Packages of an owner that may not be listed are not requested one by one either.
        """
        owner, _, name = repository.partition("/")
        if refusal := self._refusals.get(owner):
            raise refusal.plain()
        path = f"/container/{segment(name)}/versions"
        return self._rows_of(owner, path, "name", (("state", "active"),))

    def is_missing(self, repository: str) -> bool:
        """Return whether the package does not exist, for an owner whose packages are listed."""
        owner = repository.partition("/")[0]
        if owner not in self._owner_kinds:
            return False
        try:
            next(self.versions(repository))
        except NotFound:
            return True
        except RateLimited:
            raise
        except RegistryError:
            return False
        return False

    def _rows_of(self, owner: str, rest: str, key: str, query: Query) -> Iterator[list[Row]]:
        """Yield rows of an owner. If its kind is unknown, try both."""
        known = self._owner_kinds.get(owner)
        kinds = (known,) if known else _OWNER_KINDS
        for kind in kinds:
            try:
                path = f"{self._base}/{kind}/{segment(owner)}/packages{rest}"
                for rows in self._rows(path, key, query):
                    self._owner_kinds[owner] = kind
                    yield rows
                return
            except NotFound:
                if kind == kinds[-1]:
                    raise

    def _rows(self, path: str, key: str, query: Query = ()) -> Iterator[list[Row]]:
        unique = UniqueRows(path, lambda row: text_of(row, key))
        query = [*query, ("per_page", str(PAGE_SIZE))]
        for page in pages(self._api, path, query, next_from_link, size="per_page"):
            yield unique.unseen(objects(page.document, path))


def _repository(row: Row, owner: str = "") -> str:
    owner = text_of(row.get("owner"), "login").lower() or owner
    return f"{owner}/{text_of(row, 'name')}"
