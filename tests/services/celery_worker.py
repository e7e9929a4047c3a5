"""A Celery worker as production starts it: a process with a pool, on the tests' database."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from tests.services.process import ServiceProcess


class CeleryWorker:
    """``environment`` goes on top of the tests' own."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        self._process = ServiceProcess(
            [
                sys.executable,
                *("-m", "celery", "-A", "harborguard", "worker"),
                *(
                    "-l",
                    "INFO",
                    "-c",
                    "1",
                    "-n",
                    f"{log.stem}@tests",
                    "--without-gossip",
                    "--without-mingle",
                ),
            ],
            log=log,
            environment={**os.environ, **environment},
        )
        self._process.wait_until(lambda: " ready." in self.said())

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """End it and its pool at once, as a power cut does."""
        self._signal(signal.SIGKILL)

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the main process only, as an orchestrator does."""
        os.kill(self._process.pid, signal.SIGTERM)

    @property
    def alive(self) -> bool:
        return self._process.alive

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process.alive:
            self.wake()
            self._signal(signal.SIGKILL)
        self._process.stop()

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._process.pid, number)


@pytest.fixture
def celery_worker(tmp_path: Path, transactional_db: None) -> Iterator[Callable[..., CeleryWorker]]:
    """Start a worker: ``celery_worker("name", HARBORGUARD_LEASE_SECONDS="4")``."""
    with ExitStack() as stack:

        def start(name: str = "worker", **environment: str) -> CeleryWorker:
            database = {"DATABASE_URL": _test_database_url()}
            worker = CeleryWorker(tmp_path / f"{name}.log", {**database, **environment})
            stack.callback(worker.stop)
            return worker

        yield start


def _test_database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    url = os.environ["DATABASE_URL"]
    return f"{url.rpartition('/')[0]}/{name}"
