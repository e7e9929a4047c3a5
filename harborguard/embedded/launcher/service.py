from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """What the launcher keeps running.

    ``inherits``: file descriptors. ``noise``: lines with one of these are not worth anybody's
    attention. ``ends_quietly``: nor is what it prints once it was told to stop. ``ends_last``:
    the others need it to end in order. ``after_kill``: what a person should know once it had to
    be killed.
    """

    name: str
    command: Sequence[str]
    inherits: tuple[int, ...] = ()
    noise: tuple[str, ...] = ()
    ends_quietly: bool = False
    ends_last: bool = False
    after_kill: str = ""
