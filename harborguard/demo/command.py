"""`manage.py up`, with registries to look at."""

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
    help = "Run HarborGuard over registries of its own, which change while you look."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--days", type=int, default=30, help="how long a past the registries have; 30"
        )

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        self._days: int = options["days"]
        self._password = secrets.token_urlsafe(12)
        super().handle(host=host, port=port, **options)

    def prepare(self, supervisor: Supervisor, listener: socket.socket) -> None:
        self.say(f"{self._days} days pass in {len(CAST)} registries of this demo's own ...")
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
            raise CommandError("The demo ended while its past was played: start it again")

    def welcome(self, listener: socket.socket) -> None:
        self.say(f"HarborGuard is ready: {up.url_of(listener)}")
        self.say(f"Sign in as {ADMIN} with the password {self._password}")
        self.say(f"The same for {DEVELOPER}, a developer, and {VIEWER}, a viewer")
        self.say("All of this is made up, and gone when you press Ctrl-C")


def _registries(root: str, *, days: int, ready: int) -> Service:
    """Their addresses stay the same when their process has to start again."""
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=128) for _ in CAST]
    inherited = tuple(listener.detach() for listener in listeners)
    state = Path(settings.DATA_DIR) / "demo.json"
    arguments = world.command_line(state, root, days=days, ready=ready, listeners=inherited)
    return Service(
        "demo",
        [sys.executable, "-m", "harborguard.demo.world", *arguments],
        inherits=(ready, *inherited),
    )
