"""The process that outlives a killed launcher, to end what it left behind.

Its standard input is a pipe that only the launcher writes to: ``+123`` says that process group 123
started, ``-123`` that it ended. The end of the pipe is the end of the launcher, however it came. A
second pipe, the lifeline, is held open by all the others: its end says that the last of them is
gone, even where nothing reaps a container's zombies. It runs as a script on the standard library
alone, so that it is small and ready before the services.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress

GRACE_SECONDS = 10.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(groups_left(sys.stdin), lifeline=int(sys.argv[1]))


def groups_left(announcements: Iterable[str]) -> set[int]:
    groups: set[int] = set()
    for line in announcements:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def end(groups: set[int], *, lifeline: int) -> None:
    """Send SIGTERM to the leaders, which stop their own processes in order; SIGKILL to what
    stays."""
    for leader in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(leader, signal.SIGTERM)
    if groups:
        select.select([lifeline], [], [], GRACE_SECONDS)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
