"""The differences of which a dry run keeps rows: all, or the weightiest where they are many."""

from __future__ import annotations

from sync.enumeration.rehearsal import Difference
from sync.models import DryRunChange

Kind = DryRunChange.Kind

# What leaves the inventory comes before what joins it: a first sync adds everything.
_BY_WEIGHT = (Kind.HELD, Kind.REMOVED, Kind.MOVED, Kind.RESTORED, Kind.RELEASED, Kind.ADDED)


class KeptDifferences:
    """At most ``most``, whatever there is."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_kind: dict[str, list[Difference]] = {kind: [] for kind in _BY_WEIGHT}

    def add(self, one: Difference) -> None:
        of_its_kind = self._by_kind[one.kind]
        if len(of_its_kind) < self._most:
            of_its_kind.append(one)

    def in_order(self) -> list[Difference]:
        """By name, and of one tag in the order of weight."""
        kept: list[Difference] = []
        for kind in _BY_WEIGHT:
            kept += self._by_kind[kind][: self._most - len(kept)]
        return sorted(kept, key=lambda one: (one.key.repository, one.key.tag))
