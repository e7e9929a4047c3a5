from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """What the launcher keeps running. ``ends_last``: others need it to end in order."""

    name: str
    command: Sequence[str]
    inherits: tuple[int, ...] = ()
    ends_last: bool = False
    after_kill: str = ""
