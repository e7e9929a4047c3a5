"""`make demo` as a newcomer starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import requests

from tests.harborguard.installation import PROJECT, SECONDS, Installation


class Demo(Installation):
    """Its data directory is of its own choice, in the folder for temporary ones."""

    # A month may take longer than a start, on a machine that is busy.
    patience = 4 * SECONDS

    def __init__(self, folder: Path, **environment: str) -> None:
        super().__init__(folder / "harborguard-demo-", folder / "log", **environment)
        self._environment["TMPDIR"] = str(folder)

    def start(self, *arguments: str) -> None:
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harborguard.demo", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=PROJECT,
            )

    @property
    def password(self) -> str:
        return self.wait_for_line("Sign in as admin with the password (.+)")[1]

    def get(self, browser: requests.Session, path: str) -> str:
        answer = browser.get(self.url + path, timeout=SECONDS)
        assert answer.status_code == 200
        return answer.text
