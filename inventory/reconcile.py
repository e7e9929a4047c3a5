"""What is recorded, held against what was observed. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the inventory holds of a tag."""

    image_id: int
    digest: str
    active: bool = True
    held: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A recorded tag that points elsewhere now, or is back: ``was`` is its recorded state."""

    was: Recorded
    now: Observed


@dataclass(frozen=True, slots=True)
class Changes:
    """``released`` are images that were held as gone and have been seen again."""

    added: Mapping[Key, Observed]
    moved: Mapping[Key, Moved]
    restored: Mapping[Key, Moved]
    released: tuple[Recorded, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.restored or self.released)


def reconcile(recorded: Mapping[Key, Recorded], observed: Mapping[Key, Observed]) -> Changes:
    """What has to be written so that the inventory says what was observed.

    Nothing is concluded from what was not observed: absence is asked for by name, elsewhere.
    """
    added: dict[Key, Observed] = {}
    moved: dict[Key, Moved] = {}
    restored: dict[Key, Moved] = {}
    released: list[Recorded] = []
    for key, now in observed.items():
        was = recorded.get(key)
        if was is None:
            added[key] = now
        elif not was.active:
            restored[key] = Moved(was, now)
        elif was.digest != now.digest:
            moved[key] = Moved(was, now)
        elif was.held:
            released.append(was)
    return Changes(added, moved, restored, tuple(released))


def too_many_at_once(gone: int, active: int) -> bool:
    """Whether so much would leave the inventory in one run that a person must confirm it."""
    return gone > max(20, active * 0.2)
