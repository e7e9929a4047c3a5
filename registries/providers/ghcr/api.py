"""GitHub's API of packages, as far as container images are read by it.

https://docs.github.com/rest/packages/packages

A package belongs to an organisation or to a user, and each kind has paths of its own. Names of
packages may have slashes, which are escaped in paths. Pages are numbered, newest first.
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
from registries.providers.shared.native_api import NativeAPI, Query, objects, segment, text_of
from registries.providers.shared.new_rows import NewRows
from registries.providers.shared.paging import linked, pages
from registries.providers.shared.personal_token import PersonalToken
from registries.transport.endpoint import Endpoint

PAGE_SIZE = 100
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_OF_USERS = "users"
_PLACES = ("orgs", _OF_USERS)
_CONTAINERS = (("package_type", "container"),)

# One package, one version of a package, or one organisation.
Row = dict[str, Any]


class GitHubPackages:
    """Safe to share between threads. Owners are in lower case, as image names have them."""

    def __init__(self, endpoint: Endpoint, base: str = "") -> None:
        """``endpoint`` is that of the API, which begins there at the path ``base``."""
        self._api = NativeAPI(endpoint, PersonalToken(endpoint.credential), _HEADERS)
        self._base = base
        self._places: dict[str, str] = {}
        self._refusals: dict[str, RegistryError] = {}

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def of_the_login(self) -> Iterator[str]:
        """Repositories of the user whom the token belongs to."""
        for rows in self._rows(f"{self._base}/user/packages", "name", _CONTAINERS):
            for row in rows:
                repository = _repository(row)
                self._places.setdefault(repository.partition("/")[0], _OF_USERS)
                yield repository

    def organisations(self) -> list[str]:
        """Those of the user, in lower case; as many as the token may tell."""
        listing = self._rows(f"{self._base}/user/orgs", "login")
        return [text_of(row, "login").lower() for rows in listing for row in rows]

    def of(self, owner: str) -> Iterator[str]:
        """Repositories of an organisation or a user."""
        try:
            for rows in self._rows_of(owner, "", "name", _CONTAINERS):
                yield from (_repository(row, owner) for row in rows)
        except (AccessDenied, AuthenticationFailed) as refusal:
            self._refusals[owner] = refusal.plain()
            raise

    def versions(self, repository: str) -> Iterator[list[Row]]:
        """Every manifest that was pushed, with the tags that point to it now.

        An owner whose packages may not be listed is not asked for one of them either.
        """
        owner, _, name = repository.partition("/")
        if refusal := self._refusals.get(owner):
            raise refusal.plain()
        path = f"/container/{segment(name)}/versions"
        return self._rows_of(owner, path, "name", (("state", "active"),))

    def knows_no(self, repository: str) -> bool:
        """Whether GitHub says that there is no such package, of an owner whose others it tells."""
        owner = repository.partition("/")[0]
        if owner not in self._places:
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
        """An owner whose kind is not known yet is looked for in both places."""
        known = self._places.get(owner)
        places = (known,) if known else _PLACES
        for place in places:
            try:
                path = f"{self._base}/{place}/{segment(owner)}/packages{rest}"
                for rows in self._rows(path, key, query):
                    self._places[owner] = place
                    yield rows
                return
            except NotFound:
                if place == places[-1]:
                    raise

    def _rows(self, path: str, key: str, query: Query = ()) -> Iterator[list[Row]]:
        new = NewRows(path, lambda row: text_of(row, key))
        query = [*query, ("per_page", str(PAGE_SIZE))]
        for page in pages(self._api, path, query, linked, size="per_page"):
            yield new.of(objects(page.document, path))


def _repository(row: Row, owner: str = "") -> str:
    owner = text_of(row.get("owner"), "login").lower() or owner
    return f"{owner}/{text_of(row, 'name')}"
