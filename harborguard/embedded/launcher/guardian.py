"""The launcher's side of the guardian: starts it, and reports the processes to end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = Path(__file__).with_name("guardian_program.py")


class Guardian:
    def __init__(self, lock: int) -> None:
        """``lock`` is the data directory's. It is held until the last process of a killed launcher
        has ended, so that a new launcher does not meet them."""
        self._lock = lock
        # The services inherit it: it closes with the last of their processes.
        self._lifeline_end, self.lifeline = os.pipe()
        self._groups: set[int] = set()
        self._start()

    def _start(self) -> None:
        # Neither end is inheritable (PEP 446): only the launcher has the write end.
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
        """Announce a new process group; called by its leader between fork and exec.

        If the launcher did this after the fork and were killed in between, nobody would know the
        process.
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
            return  # it was killed: the next one is told everything
