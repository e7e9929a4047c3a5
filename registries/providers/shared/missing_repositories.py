"""Deleted repositories, distinguished from private ones if a registry denies access to both.

The product's own API makes the distinction for credentials that may list.
"""

from __future__ import annotations

from collections.abc import Callable

from registries.errors import AccessDenied
from registries.oci.reference import Reference
from registries.providers.shared.base import Resolution


class MissingRepositoryResolver:
    """Resolves references, and reports those of deleted repositories as absent.

    ``resolve`` asks the registry. ``is_missing`` asks the product's API about a repository.
    """

    def __init__(
        self, resolve: Callable[[Reference], Resolution], is_missing: Callable[[str], bool]
    ) -> None:
        self._resolve = resolve
        self._is_missing = is_missing
        # One request per repository, not per tag. True: the repository is deleted.
        self._known: dict[str, bool] = {}

    def resolution(self, reference: Reference) -> Resolution:
        """Return what the reference points to. Raise RegistryError."""
        if not self._known.get(reference.repository):
            try:
                return self._resolve(reference)
            except AccessDenied:
                if not self._is_deleted(reference.repository):
                    raise
        return Resolution(reference, absent=True, doubtful=True)

    def _is_deleted(self, repository: str) -> bool:
        if repository not in self._known:
            self._known[repository] = self._is_missing(repository)
        return self._known[repository]
