"""One process of a service: its process group, and the lines it prints."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from harborguard.embedded.launcher.guardian import Guardian
from harborguard.embedded.launcher.service import Service

_LONGEST_LINE = 64 * 1024


class Process:
    def __init__(self, service: Service, guardian: Guardian) -> None:
        self._guardian = guardian
        self._unfinished = b""
        self.has_closed_output = False
        self._began_at = time.monotonic()
        self._popen = subprocess.Popen(  # noqa: S603  a command of our own
            service.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the launcher, which stops its services in order.
            start_new_session=True,
            preexec_fn=guardian.announce,  # noqa: PLW1509  the launcher has no threads
            pass_fds=(*service.inherits, guardian.lifeline),
        )
        guardian.add(self._popen.pid)
        assert self._popen.stdout is not None  # noqa: S101  a pipe was asked for
        self.output: IO[bytes] = self._popen.stdout
        os.set_blocking(self.output.fileno(), False)

    @property
    def age(self) -> float:
        return time.monotonic() - self._began_at

    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    @property
    def verdict(self) -> str:
        code = self._popen.returncode
        return f"was killed by {_signal_name(-code)}" if code < 0 else f"ended with {code}"

    def lines(self) -> Iterator[str]:
        """Return the complete lines printed since the last call."""
        with suppress(BlockingIOError):
            while chunk := os.read(self.output.fileno(), _LONGEST_LINE):
                *whole, self._unfinished = (self._unfinished + chunk).split(b"\n")
                yield from map(_printable, whole)
                if len(self._unfinished) >= _LONGEST_LINE:
                    yield from self._last_line()
            self.has_closed_output = True

    def close(self) -> Iterator[str]:
        """Kill what the leader left behind, and return its last output."""
        self.kill()
        self._popen.wait()
        self._guardian.remove(self._popen.pid)
        yield from self.lines()
        yield from self._last_line()
        self.output.close()

    def terminate(self) -> None:
        """Ask the leader only: it stops its own processes in order."""
        self._popen.terminate()

    def kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)

    def _last_line(self) -> Iterator[str]:
        if self._unfinished:
            yield _printable(self._unfinished)
        self._unfinished = b""


def _signal_name(number: int) -> str:
    """Return the name; real-time signals only have numbers."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _printable(line: bytes) -> str:
    """Escape control sequences: names come from registries."""
    text = line.decode(errors="backslashreplace").rstrip().expandtabs()
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
