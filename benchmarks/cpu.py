"""Processor time, as Linux tells it.

On a machine that others use as well, what an answer costs says more than how long it took, and
how much the others took says what both are worth.
"""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(server: int) -> float:
    """Of a process and its children, those that have ended too."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = stat.read_text().partition(" (")
        except FileNotFoundError:
            continue  # it has ended meanwhile
        _, parent, *fields = rest.rpartition(") ")[2].split()
        if server in {int(pid), int(parent)}:
            user, system, *of_the_ended = map(int, fields[9:13])
            total += user + system + (sum(of_the_ended) if int(pid) == server else 0)
    return total / _TICKS


def seconds_of_all() -> float:
    """Of the whole machine, with what its host has given to other machines."""
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    return (user + nice + system + interrupts + soft_interrupts + stolen) / _TICKS
