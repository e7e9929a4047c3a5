"""The changes that a dry run stores: all, or the most important ones where there are many."""

from __future__ import annotations

from sync.dry_runs.attempt import TagChange
from sync.models import DryRunChange

Kind = DryRunChange.Kind

# Removals come before additions: a first sync adds everything.
_BY_IMPORTANCE = (
    Kind.HELD,
    Kind.REMOVED,
    Kind.MOVED,
    Kind.RESTORED,
    Kind.RELEASED,
    Kind.ADDED,
)


class KeptChanges:
    """Collects changes and keeps at most ``most`` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_kind: dict[str, list[TagChange]] = {kind: [] for kind in _BY_IMPORTANCE}

    def add(self, change: TagChange) -> None:
        changes = self._by_kind[change.kind]
        if len(changes) < self._most:
            changes.append(change)

    def in_order(self) -> list[TagChange]:
        """Return the kept changes by name; those of one tag by importance."""
        kept: list[TagChange] = []
        for kind in _BY_IMPORTANCE:
            kept += self._by_kind[kind][: self._most - len(kept)]
        return sorted(kept, key=lambda change: (change.key.repository, change.key.tag))
