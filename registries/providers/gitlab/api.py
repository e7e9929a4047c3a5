"""GitLab's API, for the repositories of its container registry.

https://docs.gitlab.com/api/container_registry/

The listing of a group includes its subgroups. The API would need a request for each tag's digest,
so tags are read from the registry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registries.errors import AccessDenied, NotFound, RateLimited, RegistryError
from registries.providers.shared.login import PersonalToken
from registries.providers.shared.native_api import NativeAPI, Query, objects, segment, text_of
from registries.providers.shared.paging import (
    Page,
    UniqueRows,
    next_from_link,
    pages,
    replace_parameter,
)
from registries.transport.endpoint import Endpoint

PAGE_SIZE = 100

_API = "/api/v4"
# The Reporter role: the lowest that may pull from private projects.
_MEMBERS = (("min_access_level", "20"), ("order_by", "id"), ("sort", "asc"))
_OWN_PROJECTS = (*_MEMBERS, ("membership", "true"), ("simple", "true"), ("pagination", "keyset"))
# The states of repositories that GitLab is deleting, or about to delete.
_DELETION_STATUS = "delete_"

Row = dict[str, Any]


class GitLabAPI:
    """GitLab's API. Thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        """``endpoint`` is GitLab's, not its registry's."""
        self._api = NativeAPI(endpoint, PersonalToken(endpoint.credential))
        # True once these credentials could list something.
        self._may_list = False

    @property
    def requests(self) -> int:
        return self._api.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read

    def close(self) -> None:
        self._api.close()

    def group_repositories(self, group: str) -> Iterator[str]:
        return self._repositories(f"{_API}/groups/{segment(group)}")

    def project_repositories(self, project: str) -> Iterator[str]:
        return self._repositories(f"{_API}/projects/{segment(project)}")

    def groups(self) -> list[str]:
        """Return the paths of the user's groups, without subgroups of other groups."""
        listing = self._rows(f"{_API}/groups", "full_path", _MEMBERS)
        paths = {text_of(row, "full_path") for rows in listing for row in rows} - {""}
        return sorted(path for path in paths if not is_within(path, paths))

    def projects(self) -> Iterator[str]:
        """Yield the paths of the projects that the user is a member of, directly or by a group."""
        for rows in self._rows(f"{_API}/projects", "path_with_namespace", _OWN_PROJECTS):
            yield from filter(None, (text_of(row, "path_with_namespace") for row in rows))

    def discovered_project_repositories(self, project: str) -> Iterator[str]:
        """Yield the repositories of a discovered project, or none if its registry is disabled."""
        try:
            yield from self.project_repositories(project)
        except (AccessDenied, NotFound):
            return

    def is_missing(self, repository: str) -> bool:
        """Return whether no project exists in GitLab that ``repository`` could belong to.

        A repository's name starts with its project's path, of unknown length.
        """
        parts = repository.split("/")
        try:
            return self._may_list and not any(
                self._has_project("/".join(parts[:length])) for length in range(2, len(parts) + 1)
            )
        except RateLimited:
            raise
        except RegistryError:
            return False

    def _has_project(self, path: str) -> bool:
        try:
            self._api.get(f"{_API}/projects/{segment(path)}")
        except NotFound:
            return False
        return True

    def _repositories(self, path: str) -> Iterator[str]:
        for rows in self._rows(f"{path}/registry/repositories", "path"):
            self._may_list = True
            for row in rows:
                if not text_of(row, "status").startswith(_DELETION_STATUS):
                    yield text_of(row, "path")

    def _rows(self, path: str, key: str, query: Query = ()) -> Iterator[list[Row]]:
        unique = UniqueRows(path, lambda row: text_of(row, key))
        query = [*query, ("per_page", str(PAGE_SIZE))]
        for page in pages(self._api, path, query, _next_query, size="per_page"):
            yield unique.unseen(objects(page.document, path))


def is_within(path: str, groups: set[str]) -> bool:
    """Return whether one of ``groups`` contains ``path``, at any depth."""
    parts = path.split("/")
    return any("/".join(parts[:length]) in groups for length in range(1, len(parts)))


def _next_query(page: Page) -> Query | None:
    """Return the next query, from the link of keyset pages or from the X-Next-Page header."""
    query = next_from_link(page)
    number = page.response.headers.get("X-Next-Page", "")
    if query is None and number.isascii() and number.isdigit():
        return replace_parameter(page.query, "page", number)
    return query
