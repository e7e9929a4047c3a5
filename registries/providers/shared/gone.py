"""Repositories that are gone, at products whose registry denies them as it denies private ones.

Their own API tells both apart, for a login that it lets list.
"""

from __future__ import annotations

from collections.abc import Callable

from registries.errors import AccessDenied
from registries.oci.reference import Reference
from registries.providers.shared.base import Resolution


class GoneByAPI:
    """``plane`` asks the registry; ``knows_no`` says whether the API has no such repository."""

    def __init__(
        self, plane: Callable[[Reference], Resolution], knows_no: Callable[[str], bool]
    ) -> None:
        self._plane = plane
        self._knows_no = knows_no
        # One question for a repository, not for each of its tags: True where it is gone.
        self._known: dict[str, bool] = {}

    def resolution(self, reference: Reference) -> Resolution:
        """Raise what keeps it from being read."""
        if not self._known.get(reference.repository):
            try:
                return self._plane(reference)
            except AccessDenied:
                if not self._is_gone(reference.repository):
                    raise
        return Resolution(reference, absent=True, doubtful=True)

    def _is_gone(self, repository: str) -> bool:
        if repository not in self._known:
            self._known[repository] = self._knows_no(repository)
        return self._known[repository]
