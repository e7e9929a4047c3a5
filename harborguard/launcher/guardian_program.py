"""The one process that outlives a killed launcher, to end what it left behind.

Its standard input is a pipe that the launcher alone can write to: ``+123`` says that process
group 123 began, ``-123`` that it ended. The end of the pipe is the end of the launcher, however
it came. Run as a script, on the standard library alone: small, and there at once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.02


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(groups_left(sys.stdin))


def groups_left(announcements: Iterable[str]) -> set[int]:
    groups: set[int] = set()
    for line in announcements:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def end(groups: set[int]) -> None:
    """SIGTERM to the leaders, which take their own down in order; SIGKILL to what stays."""
    for group in groups:
        _ask_to_end(group)
    deadline = time.monotonic() + GRACE_SECONDS
    while (groups := {group for group in groups if _exists(group)}) and (
        time.monotonic() < deadline
    ):
        time.sleep(_POLL_SECONDS)
    for group in groups:
        _signal_group(group, signal.SIGKILL)


def _ask_to_end(group: int) -> None:
    try:
        os.kill(group, signal.SIGTERM)
    except ProcessLookupError:
        _signal_group(group, signal.SIGTERM)


def _exists(group: int) -> bool:
    return _signal_group(group, 0)


def _signal_group(group: int, number: int) -> bool:
    """Whether there was anybody to signal; macOS answers EPERM where only zombies are left."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
