from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A service that the launcher keeps running.

    - ``inherits``: file descriptors.
    - ``noise``: lines that contain one of these are not shown.
    - ``ends_quietly``: nor is what it prints after it was stopped.
    - ``ends_last``: the others need it to stop in order.
    - ``after_kill``: what to tell the user if it had to be killed.
    """

    name: str
    command: Sequence[str]
    inherits: tuple[int, ...] = ()
    noise: tuple[str, ...] = ()
    ends_quietly: bool = False
    ends_last: bool = False
    after_kill: str = ""
