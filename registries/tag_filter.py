"""The filters of a connection: case-sensitive globs, exclude wins."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate


@dataclass(frozen=True, slots=True)
class GlobFilter:
    """``*``, ``?`` and ``[…]`` as in fnmatch; ``*`` also matches ``/``. No include matches
    everything."""

    include: re.Pattern[str] | None
    exclude: re.Pattern[str] | None

    @classmethod
    def of(cls, include: Iterable[str], exclude: Iterable[str]) -> GlobFilter:
        return cls(_any_of(include), _any_of(exclude))

    def allows(self, name: str) -> bool:
        if self.exclude is not None and self.exclude.match(name):
            return False
        return self.include is None or self.include.match(name) is not None


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a registry that belongs in the inventory (docs/decisions/0005)."""

    repositories: GlobFilter
    tags: GlobFilter

    @classmethod
    def of(
        cls,
        *,
        repositories: tuple[Iterable[str], Iterable[str]] = ((), ()),
        tags: tuple[Iterable[str], Iterable[str]] = ((), ()),
    ) -> Scope:
        return cls(GlobFilter.of(*repositories), GlobFilter.of(*tags))


def _any_of(globs: Iterable[str]) -> re.Pattern[str] | None:
    patterns = sorted(set(globs))
    if not patterns or "*" in patterns:
        return None if not patterns else re.compile("", re.DOTALL)
    return re.compile("|".join(translate(glob) for glob in patterns))
