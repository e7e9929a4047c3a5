"""The launcher's side of the guardian: starts it, and tells it what there is to end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = Path(__file__).with_name("guardian_program.py")


class Guardian:
    def __init__(self, lock: int) -> None:
        """``lock`` is the data directory's: held until the last of a killed launcher's
        processes has ended, so that a new launcher does not meet them."""
        self._lock = lock
        # For the services to inherit: it ends with the last of their processes.
        self._lifeline_end, self.lifeline = os.pipe()
        self._groups: set[int] = set()
        self._start()

    def _start(self) -> None:
        # Neither end is inheritable (PEP 446): the write end stays with the launcher alone.
        reader, self._writer = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603  a command of our own
            [sys.executable, "-I", "-S", _PROGRAM, str(self._lifeline_end)],
            stdin=reader,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(self._lock, self._lifeline_end),
        )
        os.close(reader)
        for group in self._groups:
            self._tell("+", group)

    def announce(self) -> None:
        """Called in a new process group's leader, between fork and exec.

        There, and not in the launcher after the fork: a launcher killed between the two would
        leave a process that nobody knows of.
        """
        self._tell("+", os.getpid())

    def add(self, group: int) -> None:
        self._groups.add(group)

    def remove(self, group: int) -> None:
        self._groups.discard(group)
        self._tell("-", group)

    def keep_alive(self) -> None:
        if self._process.poll() is not None:
            os.close(self._writer)
            self._start()

    def close(self) -> None:
        os.close(self._writer)
        self._process.wait()

    def _tell(self, change: str, group: int) -> None:
        try:
            os.write(self._writer, f"{change}{group}\n".encode())
        except BrokenPipeError:
            return  # it was killed: the next one is told all that there is
