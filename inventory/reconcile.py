"""What is recorded, held against what was observed. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from registries.providers.shared.details import NOTHING_KNOWN, Details


@dataclass(frozen=True, slots=True)
class Key:
    """One tag of one repository, by name."""

    repository: str
    tag: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What the registry said that a tag points to."""

    digest: str
    media_type: str = ""
    details: Details = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the inventory holds of a tag."""

    image_id: int
    digest: str
    active: bool = True
    held: bool = False
    media_type: str = ""
    details: Details = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Moved:
    """A recorded tag that points elsewhere now, or is back: ``was`` is its recorded state."""

    was: Recorded
    now: Observed


@dataclass(frozen=True, slots=True)
class Changes:
    """``released`` are images that were held as gone and have been seen again; ``described``
    those that point where they did, of which the registry tells something else beside that."""

    added: Mapping[Key, Observed]
    moved: Mapping[Key, Moved]
    restored: Mapping[Key, Moved]
    released: tuple[Recorded, ...]
    described: Mapping[Key, Moved]

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.restored or self.released or self.described)


def reconcile(recorded: Mapping[Key, Recorded], observed: Mapping[Key, Observed]) -> Changes:
    """What has to be written so that the inventory says what was observed.

    Nothing is concluded from what was not observed: absence is asked for by name, elsewhere.
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
            if (told := _told(was, now)) is not None:
                described[key] = Moved(was, told)
    return Changes(added, moved, restored, tuple(released), described)


def _told(was: Recorded, now: Observed) -> Observed | None:
    """What is known of the same digest by now, if that is more than was recorded.

    It has one media type for good, but not every answer tells it.
    """
    media_type = was.media_type or now.media_type
    details = now.details.over(was.details) if now.details else was.details
    if media_type == was.media_type and details == was.details:
        return None
    return replace(now, media_type=media_type, details=details)


def too_many_at_once(gone: int, active: int) -> bool:
    """Whether so much would leave the inventory in one run that a person must confirm it."""
    return gone > max(20, active * 0.2)
