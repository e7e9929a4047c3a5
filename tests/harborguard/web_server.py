"""The web process as the image starts it, on a free port, with its log."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.harborguard.installation import environment_without_settings
from tests.services.process import ServiceProcess
from tests.wait import wait_until


class WebServer:
    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        self._process = ServiceProcess(
            [
                *(sys.executable, "-m", "gunicorn", "harborguard.wsgi"),
                *("--config", "python:harborguard.web.gunicorn", "--bind", "127.0.0.1:0"),
                *("--threads", "8", "--no-control-socket"),
            ],
            log=log,
            environment={**environment_without_settings(), **environment},
        )
        self._process.wait_until(lambda: "Booting worker" in self.log.read_text())

    @property
    def url(self) -> str:
        [listening] = [word for word in self.log.read_text().split() if "http://" in word]
        return listening

    def lines(self) -> list[dict[str, Any]]:
        """Every line that it has finished writing; each has to be JSON."""
        text = self.log.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def wait_for_line(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        wait_until(lambda: any(map(fits, self.lines())), f"a line in {self.log.read_text()}")
        return next(filter(fits, self.lines()))

    def stop(self) -> None:
        self._process.stop()


@contextmanager
def web_server(log: Path, **environment: str) -> Iterator[WebServer]:
    server = WebServer(log, environment)
    try:
        yield server
    finally:
        server.stop()
