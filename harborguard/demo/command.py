"""`manage.py up`, with registries of its own."""

from __future__ import annotations

import os
import secrets
import selectors
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

from harborguard.demo import world
from harborguard.demo.cast import CAST
from harborguard.demo.people import ADMIN, DEVELOPER, VIEWER, create_people
from harborguard.embedded.launcher.service import Service
from harborguard.embedded.launcher.supervisor import Supervisor
from harborguard.management.commands import up


class Command(up.Command):
    help = "Run HarborGuard with registries of its own that keep changing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--days", type=int, default=30, help="days of history to generate (default 30)"
        )

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        self._days: int = options["days"]
        self._password = secrets.token_urlsafe(12)
        super().handle(host=host, port=port, **options)

    def prepare(self, supervisor: Supervisor, listener: socket.socket) -> None:
        self.say(f"Generating {self._days} days of history in {len(CAST)} demo registries ...")
        create_people(self._password)
        connections.close_all()
        ready, told = os.pipe()
        supervisor.start(_registries(up.url_of(listener), days=self._days, ready=told))
        heard: list[bytes] = []

        def hear() -> None:
            heard.append(os.read(ready, 1))

        supervisor.selector.register(ready, selectors.EVENT_READ, hear)
        supervisor.run(until=lambda: bool(heard))
        supervisor.selector.unregister(ready)
        if heard != [world.READY]:
            raise CommandError("The demo ended while its history was generated. Start it again")

    def welcome(self, listener: socket.socket) -> None:
        self.say(f"HarborGuard is ready: {up.url_of(listener)}")
        self.say(f"Sign in as {ADMIN} with the password {self._password}")
        self.say(f"The same password works for {DEVELOPER} (developer) and {VIEWER} (viewer)")
        self.say("Everything here is made up, and deleted when you press Ctrl-C")


def _registries(root: str, *, days: int, ready: int) -> Service:
    """Return the registries' listeners, kept so that addresses survive a restart of their
    process."""
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=128) for _ in CAST]
    inherited = tuple(listener.detach() for listener in listeners)
    state = Path(settings.DATA_DIR) / "demo.json"
    arguments = world.command_line(state, root, days=days, ready=ready, listeners=inherited)
    return Service(
        "demo",
        [sys.executable, "-m", "harborguard.demo.world", *arguments],
        inherits=(ready, *inherited),
    )
