"""Supervise services: restart them when they end, and stop them all in order.

Single-threaded: one selector waits for output, for children that end and for restarts that are due.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from types import FrameType

from harborguard.embedded.launcher.child import Child
from harborguard.embedded.launcher.guardian import Guardian
from harborguard.embedded.launcher.process import Process
from harborguard.embedded.launcher.service import Service
from harborguard.embedded.launcher.stop_signals import interrupt_on_ctrl_c

GRACE_SECONDS = 10.0
_NAME_WIDTH = 6

Say = Callable[[str], None]


class Supervisor:
    def __init__(self, guardian: Guardian, say: Say) -> None:
        self._guardian = guardian
        self._say = say
        self._children: list[Child] = []
        self._stopping = False
        self.selector = selectors.DefaultSelector()
        self._wake_when_a_child_ends()

    def start(self, service: Service) -> None:
        child = Child(service)
        self._children.append(child)
        self._begin(child)

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        while not until():
            due = (child.due_at for child in self._children if not child.process)
            self._turn(min(due, default=None))

    def stop(self) -> None:
        """Send SIGTERM to all, and SIGKILL after the grace period, or at once after a second
        Ctrl-C."""
        self._stopping = True
        first = [child for child in self._children if not child.service.ends_last]
        try:
            interrupt_on_ctrl_c()
            if first:
                self._say("Stopping. Press Ctrl-C again to kill what is still running")
            self._end(first)
            self._end(self._children)
        except KeyboardInterrupt:
            self._kill(self._children)
        self._guardian.close()

    def _turn(self, wake_at: float | None) -> None:
        timeout = None if wake_at is None else max(0.0, wake_at - time.monotonic())
        for key, _ in self.selector.select(timeout):
            react: Callable[[], None] = key.data
            react()
        self._guardian.keep_alive()
        for child in self._children:
            if child.process and child.process.has_ended():
                self._after_end(child, child.process)
            if child.is_due() and not self._stopping:
                self._begin(child)

    def _begin(self, child: Child) -> None:
        try:
            process = Process(child.service, self._guardian)
        except (OSError, subprocess.SubprocessError) as error:
            delay = child.put_off(lived=0)
            self._say(f"{child.name} cannot be started: {error}. Retrying in {delay:.0f} s")
            return
        child.process = process
        self.selector.register(
            process.output, selectors.EVENT_READ, lambda: self._pass_on(child.service, process)
        )

    def _after_end(self, child: Child, process: Process) -> None:
        self._close(child, process)
        if not self._stopping:
            delay = child.put_off(lived=process.age)
            self._say(f"{child.name} {process.verdict}; restarting in {delay:.0f} s")

    def _end(self, children: Sequence[Child]) -> None:
        for child in children:
            if child.process:
                child.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while any(child.process for child in children) and time.monotonic() < deadline:
            self._turn(deadline)
        self._kill(children)

    def _kill(self, children: Iterable[Child]) -> None:
        for child in children:
            if child.process:
                self._close(child, child.process)
                self._say(f"{child.name} was still running and was killed")
                if child.service.after_kill:
                    self._say(child.service.after_kill)

    def _close(self, child: Child, process: Process) -> None:
        child.process = None
        if not process.has_closed_output:
            self.selector.unregister(process.output)
        self._print(child.service, process.close())

    def _pass_on(self, service: Service, process: Process) -> None:
        self._print(service, process.lines())
        if process.has_closed_output:
            self.selector.unregister(process.output)

    def _print(self, service: Service, lines: Iterable[str]) -> None:
        quiet = self._stopping and service.ends_quietly
        for line in lines:
            if line and not quiet and not any(text in line for text in service.noise):
                self._say(f"{service.name:<{_NAME_WIDTH}} | {line}")

    def _wake_when_a_child_ends(self) -> None:
        """Let SIGCHLD write a byte into a pipe that the selector reads."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _note)
        self.selector.register(reader, selectors.EVENT_READ, lambda: _drain(reader))


def _drain(reader: int) -> None:
    os.read(reader, 4096)


def _note(number: int, frame: FrameType | None) -> None:
    """Do nothing: without a handler written in Python, no byte is written."""
