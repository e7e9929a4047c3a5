"""Distinguish deleted repositories from private ones where a registry denies access to both.

The product's own API can, for credentials that may list.
"""

from __future__ import annotations

from collections.abc import Callable

from registries.errors import AccessDenied
from registries.oci.reference import Reference
from registries.providers.shared.base import Resolution


class MissingRepositoryResolver:
    """Resolves references. ``plane`` asks the registry; ``knows_no`` asks the API about a
    repository."""

    def __init__(
        self, plane: Callable[[Reference], Resolution], knows_no: Callable[[str], bool]
    ) -> None:
        self._registry = plane
        self._knows_no = knows_no
        # One request per repository, not per tag. True: the repository is deleted.
        self._known: dict[str, bool] = {}

    def resolution(self, reference: Reference) -> Resolution:
        """Return what the reference points to. Raise RegistryError."""
        if not self._known.get(reference.repository):
            try:
                return self._registry(reference)
            except AccessDenied:
                if not self._is_gone(reference.repository):
                    raise
        return Resolution(reference, absent=True, doubtful=True)

    def _is_gone(self, repository: str) -> bool:
        if repository not in self._known:
            self._known[repository] = self._knows_no(repository)
        return self._known[repository]
