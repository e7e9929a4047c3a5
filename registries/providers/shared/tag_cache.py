"""Tags that came along with the listing of repositories, cached until they are needed."""

from __future__ import annotations

from registries.providers.shared.base import Tag

# Some hundred bytes each.
MAX_TAGS = 250_000


class TagCache:
    """A cache of at most ``most`` tags. It holds all tags of a repository or none."""

    def __init__(self, most: int = MAX_TAGS) -> None:
        self.is_complete = False
        self._most = most
        self._count = 0
        # None for names that are not tags, and for repositories that are not cached.
        self._kept: dict[str, dict[str, Tag | None] | None] = {}

    def add_repository(self, name: str) -> bool:
        """Add a repository. Return whether it is new."""
        is_new = name not in self._kept
        self._kept.setdefault(name, {})
        return is_new

    def add(self, repository: str, name: str, tag: Tag | None) -> None:
        """Add a tag; the first of a name wins. ``tag`` is None for an invalid name."""
        kept = self._kept[repository]
        if kept is None or name in kept:
            return
        if self._count < self._most:
            kept[name] = tag
            self._count += 1
        else:
            self._kept[repository] = None
            self._count -= len(kept)

    def take(self, repository: str) -> tuple[list[Tag], list[str]] | None:
        """Return and forget the repository's tags and invalid names."""
        kept = self._kept.pop(repository, None) if self.is_complete else None
        if kept is None:
            return None
        self._count -= len(kept)
        return [tag for tag in kept.values() if tag], [name for name in kept if not kept[name]]
