"""Repositories that are gone, at products whose registry denies them as it denies private ones.

Their own API tells both apart, for a login that it lets list.
"""

from __future__ import annotations

from collections.abc import Callable

from registries.errors import AccessDenied
from registries.oci.reference import Reference
from registries.providers.base import Resolution


class GoneByAPI:
    """``plane`` asks the registry; ``knows_no`` says whether the API has no such repository."""

    def __init__(
        self, plane: Callable[[Reference], Resolution], knows_no: Callable[[str], bool]
    ) -> None:
        self._plane = plane
        self._knows_no = knows_no
        self._gone: set[str] = set()

    def resolution(self, reference: Reference) -> Resolution:
        """Raise what keeps it from being read."""
        if reference.repository in self._gone:
            return Resolution(reference, absent=True, doubtful=True)
        try:
            return self._plane(reference)
        except AccessDenied:
            if not self._knows_no(reference.repository):
                raise
            self._gone.add(reference.repository)
            return Resolution(reference, absent=True, doubtful=True)
