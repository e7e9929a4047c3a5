"""Where a field of a connection is in the API's JSON."""

from __future__ import annotations

from harborguard.api.naming import camel

_PATHS = {
    "__all__": "body",
    "tag_include": "tagFilters.include",
    "tag_exclude": "tagFilters.exclude",
    "repository_include": "repositoryFilters.include",
    "repository_exclude": "repositoryFilters.exclude",
    "username": "credential.username",
    "password": "credential.secret",
}


def path_of(name: str) -> str:
    return _PATHS.get(name) or camel(name)
