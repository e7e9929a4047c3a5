"""Tags that came along with the listing of the repositories, kept until they are asked for."""

from __future__ import annotations

from registries.providers.shared.base import Tag

# Some hundred bytes each.
TAGS_MOST = 250_000


class KeptTags:
    """Of at most ``most`` tags: of a repository all are kept, or none."""

    def __init__(self, most: int = TAGS_MOST) -> None:
        self.is_complete = False
        self._most = most
        self._count = 0
        # Under a name that is no tag stands None, as it does for a repository not kept.
        self._kept: dict[str, dict[str, Tag | None] | None] = {}

    def add_repository(self, name: str) -> bool:
        """Whether it was not there yet."""
        is_new = name not in self._kept
        self._kept.setdefault(name, {})
        return is_new

    def add(self, repository: str, name: str, tag: Tag | None) -> None:
        """The first of a name counts. ``tag`` is None where the name is not that of a tag."""
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
        """Its tags and the names that are none; once, so that whoever asks again asks anew."""
        kept = self._kept.pop(repository, None) if self.is_complete else None
        if kept is None:
            return None
        self._count -= len(kept)
        return [tag for tag in kept.values() if tag], [name for name in kept if not kept[name]]
