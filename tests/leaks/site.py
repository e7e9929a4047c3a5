"""An installation under observation: who calls it, its commands, and what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harborguard.installation import PROJECT, SECONDS, Installation
from tests.leaks.broker import WatchedBroker
from tests.leaks.canary import Canary
from tests.leaks.database import PostgreSQL, SQLite
from tests.leaks.evidence import Evidence
from tests.leaks.visitor import Visitor
from tests.wait import wait_until

_KEY_SHOWN = len("hg_") + 12


class Site:
    def __init__(
        self,
        installation: Installation,
        database: PostgreSQL | SQLite,
        evidence: Evidence,
        broker: WatchedBroker | None = None,
    ) -> None:
        self.installation = installation
        self.database = database
        self.evidence = evidence
        self._broker = broker
        printed = installation.wait_for_line("Sign in as admin with the password (.+)")
        self._printed_once = printed[1]
        evidence.watch_for(Canary("the first admin's password", printed[1], printed[1]))
        self.admin = self.visitor()
        assert self.admin.sign_in("admin", printed[1]).ok
        self.script = self.visitor()
        self.script.headers["Authorization"] = f"Bearer {self._key_by_command()}"

    def visitor(self) -> Visitor:
        return Visitor(self.installation.url, self.evidence)

    def watch_for_key(self, purpose: str, key: str) -> None:
        """Watch for a key except its prefix, which may be shown."""
        self.evidence.watch_for(Canary(purpose, key, key[_KEY_SHOWN:]))

    def command(self, *arguments: str, stdin: str = "", fails: bool = False, **own: str) -> str:
        """Return the output of a management command, and keep it as evidence."""
        process = self._start(*arguments, **own)
        printed, said = process.communicate(stdin.encode(), timeout=SECONDS)
        self.evidence.add(f"what {arguments[0]} prints", printed + said)
        assert (process.returncode != 0) == fails, (printed + said).decode()
        return (printed + said).decode()

    def registry(self, name: str) -> dict[str, Any]:
        page = self.script.get("/api/registries", params={"name": name}).json()
        [found] = [found for found in page["results"] if found["name"] == name]
        return dict(found)

    def synced(self, name: str) -> dict[str, Any]:
        """The registry, once no run of it is on."""
        wait_until(lambda: self.registry(name)["currentRun"] is None, f"the sync of {name}")
        return self.registry(name)

    def finish(self) -> None:
        """End the installation, and keep as evidence what it leaves behind."""
        for process in self.installation.processes():
            self.evidence.add(f"the command line of process {process.pid}", process.command)
        self.database.dump(self.evidence)
        self._read_files()
        self.installation.end()
        if self._broker:
            self._broker.tell(self.evidence)
        printed = self.installation.output
        assert printed.count(self._printed_once) == 1
        self.evidence.add("what was printed", printed.replace(self._printed_once, ""))
        self._read_files()

    def _key_by_command(self) -> str:
        process = self._start("create_api_key", "scripts", "--role", "admin", "--user", "admin")
        printed, said = process.communicate(timeout=SECONDS)
        key = printed.decode().removesuffix("\n")
        self.watch_for_key("the key that a command made", key)
        self.evidence.add("what create_api_key says beside the key", said)
        return key

    def _start(self, *arguments: str, **own: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            env={**self.installation.environment, **own},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        command_line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        self.evidence.add(f"the command line of {arguments[0]}", command_line)
        return process

    def _read_files(self) -> None:
        for file in sorted(self.installation.data_dir.rglob("*")):
            if file.is_file() and "static" not in file.parts:
                self.evidence.add(f"the file {file.name}", file.read_bytes())
