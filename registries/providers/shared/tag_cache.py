"""Tags that came along with the listing of repositories, cached until they are needed."""

from __future__ import annotations

from registries.providers.shared.base import Tag

# Each takes a few hundred bytes.
MAX_TAGS = 250_000


class TagCache:
    """A cache of at most ``most`` tags that holds all tags of a repository or none."""

    def __init__(self, most: int = MAX_TAGS) -> None:
        self.is_complete = False
        self._most = most
        self._count = 0
        # None for names that are not tags, and for repositories that are not cached.
        self._tags: dict[str, dict[str, Tag | None] | None] = {}

    def add_repository(self, name: str) -> bool:
        """Add a repository. Return whether it is new."""
        is_new = name not in self._tags
        self._tags.setdefault(name, {})
        return is_new

    def add(self, repository: str, name: str, tag: Tag | None) -> None:
        """Add a tag, unless its name is cached already. ``tag`` is None for an invalid name."""
        cached = self._tags[repository]
        if cached is None or name in cached:
            return
        if self._count < self._most:
            cached[name] = tag
            self._count += 1
        else:
            self._tags[repository] = None
            self._count -= len(cached)

    def take(self, repository: str) -> tuple[list[Tag], list[str]] | None:
        """Remove and return the repository's tags and invalid names."""
        cached = self._tags.pop(repository, None) if self.is_complete else None
        if cached is None:
            return None
        self._count -= len(cached)
        return [tag for tag in cached.values() if tag], [
            name for name in cached if not cached[name]
        ]
