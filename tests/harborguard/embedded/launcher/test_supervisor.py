from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harborguard.installation import PROJECT, SECONDS

# A launcher of one service: a shell and its child, which hold a pipe open while they live.
_LAUNCHER = """
import sys
from pathlib import Path
from harborguard.embedded.launcher import supervisor
from harborguard.embedded.launcher.guardian import Guardian
from harborguard.embedded.launcher.preflight import hold
from harborguard.embedded.launcher.service import Service
from harborguard.embedded.launcher.stop_signals import interrupt_on_stop

folder, grace, pipe, script = sys.argv[1:]
supervisor.GRACE_SECONDS = float(grace)
interrupt_on_stop()
guardian = Guardian(hold(Path(folder)))
print("guardian", guardian._process.pid, flush=True)
launcher = supervisor.Supervisor(guardian, lambda line: print(line, flush=True))
command = ["sh", "-c", script]
launcher.start(Service("shell", command, inherits=(int(pipe),), after_kill="Nothing is lost"))
try:
    launcher.run()
except KeyboardInterrupt:
    launcher.stop()
"""
# The child speaks, once it is itself: before, it would swallow the signal with its parent's trap.
_SLEEP = "trap 'kill $!; exit' TERM; sh -c 'echo started $PPID; exec sleep 600' & wait"
_STUBBORN = "trap '' TERM; echo started $$; while :; do sleep 600; done"


class Launcher:
    def __init__(self, process: subprocess.Popen[str], alive: int) -> None:
        self.process = process
        self._alive = alive
        self.lines: list[str] = []

    def wait_for(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if found := re.search(pattern, line):
                return found
        raise AssertionError(self.lines)

    def rest(self) -> str:
        assert self.process.stdout
        return self.process.stdout.read()

    def nothing_is_left(self) -> bool:
        """The pipe ends with the last process that holds it."""
        return bool(select.select([self._alive], [], [], SECONDS)[0])


@contextmanager
def launched(folder: Path, script: str, grace: float = SECONDS) -> Iterator[Launcher]:
    alive, held = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", _LAUNCHER, folder, str(grace), str(held), script],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(held,),
    ) as process:
        os.close(held)
        try:
            yield Launcher(process, alive)
        finally:
            process.kill()
            os.close(alive)


def kill(found: re.Match[str]) -> None:
    os.kill(int(found[1]), signal.SIGKILL)


def test_a_service_that_dies_takes_its_children_with_it_and_starts_again(tmp_path: Path) -> None:
    held_by_first = tmp_path / "fifo"
    os.mkfifo(held_by_first)
    reader = os.open(held_by_first, os.O_RDONLY | os.O_NONBLOCK)
    script = f"mkdir {tmp_path}/second && exec 3> {held_by_first}; {_SLEEP}"
    with launched(tmp_path, script) as launcher, os.fdopen(reader, "rb") as fifo:
        kill(launcher.wait_for(r"shell  \| started (\d+)"))
        launcher.wait_for("shell was killed by SIGKILL; restarting in 1 s")
        launcher.wait_for(r"shell  \| started (\d+)")

        assert select.select([fifo], [], [], SECONDS)[0]
        assert fifo.read() == b""


def test_it_starts_again_later_each_time(tmp_path: Path) -> None:
    with launched(tmp_path, "exit 3") as launcher:
        launcher.wait_for("shell ended with 3; restarting in 1 s")
        launcher.wait_for("shell ended with 3; restarting in 2 s")


def test_what_does_not_end_in_time_is_killed_and_said(tmp_path: Path) -> None:
    with launched(tmp_path, _STUBBORN, grace=0.1) as launcher:
        launcher.wait_for("started")
        launcher.process.terminate()

        assert "shell was still running and was killed\nNothing is lost\n" in launcher.rest()
        assert launcher.process.wait(SECONDS) == 0
        assert launcher.nothing_is_left()


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    with launched(tmp_path, _STUBBORN) as launcher:
        launcher.wait_for("started")
        launcher.process.terminate()
        launcher.process.terminate()
        launcher.wait_for("Stopping. Press Ctrl-C again to kill what is still running")
        launcher.process.send_signal(signal.SIGINT)

        assert "shell was still running and was killed" in launcher.rest()
        assert launcher.process.wait(SECONDS) == 0
        assert launcher.nothing_is_left()


def test_killed_without_warning_it_leaves_no_process_behind(tmp_path: Path) -> None:
    with launched(tmp_path, _SLEEP) as launcher:
        launcher.wait_for("started")
        launcher.process.kill()

        assert launcher.nothing_is_left()


def test_so_it_does_after_its_guardian_was_killed(tmp_path: Path) -> None:
    with launched(tmp_path, _SLEEP) as launcher:
        guardian = launcher.wait_for(r"guardian (\d+)")
        service = launcher.wait_for(r"started (\d+)")
        kill(guardian)
        kill(service)
        launcher.wait_for("started")
        launcher.process.kill()

        assert launcher.nothing_is_left()


def test_what_a_service_prints_cannot_drive_the_terminal(tmp_path: Path) -> None:
    with launched(tmp_path, r"printf 'a\033[2Jb\r\n'; exec sleep 600") as launcher:
        launcher.wait_for(r"shell  \| a\\x1b\[2Jb$")
