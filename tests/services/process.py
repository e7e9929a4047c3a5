from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Loaded here and not between fork and exec, where little may be called safely.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


class ServiceProcess:
    """A server that belongs to the tests: on Linux it ends with them, however they end."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        orphan_signal: signal.Signals = signal.SIGKILL,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._name = Path(command[0]).name
        self._log = log
        self._stop_signal = stop_signal

        def end_with_parent() -> None:
            if _LIBC is not None:
                _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal))

        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                # Ctrl-C in the terminal is for pytest, which then stops its services in order.
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509  one system call, no lock
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise ServiceFailed(f"{self._name} ended at its start: {self._last_words()}")
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{self._name} is not ready: {self._last_words()}")
            time.sleep(0.01)

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)
        # The signal is on its way when kill() returns: wait until every thread has stopped.
        os.waitpid(self.pid, os.WUNTRACED)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if not self.alive:
            return
        self.resume()
        self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:].strip() or "it said nothing"


class ServiceFailed(Exception):
    pass
