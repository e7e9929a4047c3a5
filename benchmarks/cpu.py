"""CPU time from /proc.

On a shared machine, the CPU time of a response says more than its duration, and the CPU time of
others says how far to trust both.
"""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(server: int) -> float:
    """Return the CPU seconds of a process and its children, including finished ones."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = stat.read_text().partition(" (")
        except FileNotFoundError:
            continue  # it has exited
        _, parent, *fields = rest.rpartition(") ")[2].split()
        if server in {int(pid), int(parent)}:
            user, system, *of_the_ended = map(int, fields[9:13])
            total += user + system + (sum(of_the_ended) if int(pid) == server else 0)
    return total / _TICKS


def seconds_of_all() -> float:
    """Return the CPU seconds of the whole machine, including time stolen by its host."""
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    return (user + nice + system + interrupts + soft_interrupts + stolen) / _TICKS
