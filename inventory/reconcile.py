"""Comparison of recorded and observed tags. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from registries.providers.shared.details import NO_DETAILS, Details


@dataclass(frozen=True, slots=True)
class Key:
    """A tag of a repository, by name."""

    repository: str
    tag: str


@dataclass(frozen=True, slots=True)
class Observed:
    """A tag as the registry lists it."""

    digest: str
    media_type: str = ""
    details: Details = NO_DETAILS


@dataclass(frozen=True, slots=True)
class Recorded:
    """A tag as the inventory records it."""

    image_id: int
    digest: str
    active: bool = True
    held: bool = False
    media_type: str = ""
    details: Details = NO_DETAILS


@dataclass(frozen=True, slots=True)
class Moved:
    """A recorded tag whose digest, state or details have changed."""

    was: Recorded
    now: Observed


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes to write.

    ``released`` are held images that were found again. ``described`` are unchanged digests with
    new details, which are no changes of the tags.
    """

    added: Mapping[Key, Observed]
    moved: Mapping[Key, Moved]
    restored: Mapping[Key, Moved]
    released: tuple[Recorded, ...]
    described: Mapping[Key, Moved]

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.restored or self.released or self.described)


def reconcile(recorded: Mapping[Key, Recorded], observed: Mapping[Key, Observed]) -> Changes:
    """Return the changes that make the inventory match the observed tags.

    Recorded tags that were not observed are left alone: missing tags are checked one by one, in
    ``sync.enumeration``.
    """
    added: dict[Key, Observed] = {}
    moved: dict[Key, Moved] = {}
    restored: dict[Key, Moved] = {}
    released: list[Recorded] = []
    described: dict[Key, Moved] = {}
    for key, now in observed.items():
        was = recorded.get(key)
        if was is None:
            added[key] = now
        elif not was.active:
            restored[key] = Moved(was, now)
        elif was.digest != now.digest:
            moved[key] = Moved(was, now)
        else:
            if was.held:
                released.append(was)
            if (described_now := _merged(was, now)) is not None:
                described[key] = Moved(was, described_now)
    return Changes(added, moved, restored, tuple(released), described)


def _merged(was: Recorded, now: Observed) -> Observed | None:
    """Return recorded and observed details of the same digest, or None if nothing is new.

    The media type of a digest never changes, but not every response includes it: the recorded one
    is kept.
    """
    media_type = was.media_type or now.media_type
    details = now.details.completed_by(was.details) if now.details else was.details
    if media_type == was.media_type and details == was.details:
        return None
    return replace(now, media_type=media_type, details=details)


def too_many_at_once(gone: int, active: int) -> bool:
    """Return whether a removal is so large that someone has to confirm it (docs/decisions/0004)."""
    return gone > max(20, active * 0.2)
