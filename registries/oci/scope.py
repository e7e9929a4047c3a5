"""Token scopes: ``repository:team/app:pull``.

https://distribution.github.io/distribution/spec/auth/scope/
"""

from __future__ import annotations

Scopes = frozenset[str]

NO_SCOPE: Scopes = frozenset()
CATALOG: Scopes = frozenset({"registry:catalog:*"})

# Azure's registries name the reading of tags metadata_read.
_READING = ("pull", "metadata_read")


def pull(repository: str) -> Scopes:
    return frozenset((f"repository:{repository}:pull",))


def metadata_read(repository: str) -> Scopes:
    return frozenset((f"repository:{repository}:metadata_read",))


def to_read_only(wanted: str) -> Scopes:
    """Return the scopes of a challenge, reduced to reading: no token of ours can do more."""
    return frozenset(scope for text in wanted.split() if (scope := _reading(text)))


def _reading(scope: str) -> str:
    if scope in CATALOG:
        return scope
    resource, _, actions = scope.rpartition(":")
    kept = ",".join(action for action in actions.split(",") if action in _READING)
    return f"{resource}:{kept}" if resource and kept else ""
