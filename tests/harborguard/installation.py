"""`manage.py up` as a person starts it, with an environment and a data directory of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 60
_PRODUCTION = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "LOG_LEVEL", "PORT"}


@dataclass(frozen=True)
class FoundProcess:
    pid: int
    parent: int
    command: str


class Installation:
    patience = SECONDS

    def __init__(self, data_dir: Path, log: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self._log = log
        self._environment = {**environment_without_settings(), **environment}
        self._environment["HARBORGUARD_DATA_DIR"] = str(data_dir)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, PROJECT / "manage.py", "up", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )

    @property
    def environment(self) -> dict[str, str]:
        return dict(self._environment)

    def manage(self, *arguments: str) -> str:
        """Run one of its commands and return what it printed."""
        command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
        return subprocess.run(
            command, env=self._environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    def start_and_wait(self) -> None:
        self.start("--port", "0")
        self.wait_for_line("HarborGuard is ready")
        # Launcher, guardian, broker, two of web, worker and pushes with a pool of two, tick, beat.
        self.wait_until(lambda: len(self.processes()) >= 13 - ("REDIS_URL" in self._environment))

    @property
    def url(self) -> str:
        return self.wait_for_line(r"HarborGuard is ready: (\S+)")[1]

    @property
    def output(self) -> str:
        return self._log.read_text()

    @property
    def launcher(self) -> subprocess.Popen[bytes]:
        assert self._process
        return self._process

    def wait_for_line(self, pattern: str) -> re.Match[str]:
        self.wait_until(lambda: re.search(pattern, self.output) is not None)
        found = re.search(pattern, self.output)
        assert found
        return found

    def wait_until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self.patience
        while not happened():
            assert self.launcher.poll() is None, f"It ended: {self.output}"
            assert time.monotonic() < deadline, f"It did not happen: {self.output}"
            time.sleep(0.02)

    def processes(self) -> list[FoundProcess]:
        """All that know its data directory: from their environment, or from their title."""
        mark = os.fsencode(self.data_dir)
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
                if mark in command or mark in (folder / "environ").read_bytes():
                    parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                    text = command.replace(b"\0", b" ").decode()
                    found.append(FoundProcess(int(folder.name), int(parent), text))
            except (OSError, ValueError):
                continue  # it ended in between
        return found

    def leader(self, name: str) -> FoundProcess:
        """The process that the launcher itself started for a service."""
        own = [process for process in self.processes() if process.parent == self.launcher.pid]
        return next(process for process in own if name in process.command)

    def wait_until_nothing_is_left(self) -> None:
        deadline = time.monotonic() + SECONDS
        while left := self.processes():
            assert time.monotonic() < deadline, f"Still there: {left}"
            time.sleep(0.02)

    def end(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(SECONDS)
        for left in self.processes():
            os.kill(left.pid, signal.SIGKILL)


def environment_without_settings() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _PRODUCTION and not name.startswith("HARBORGUARD_")
    }
