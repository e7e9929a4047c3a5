"""Run all of HarborGuard on one machine with one command: broker, web, workers and beat."""

from __future__ import annotations

import ipaddress
import os
import socket
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from harborguard.embedded.launcher import preflight, services
from harborguard.embedded.launcher.first_admin import create_first_admin
from harborguard.embedded.launcher.guardian import Guardian
from harborguard.embedded.launcher.stop_signals import interrupt_on_stop
from harborguard.embedded.launcher.supervisor import Supervisor
from harborguard.embedded.launcher.web_probe import WebProbe


class Command(BaseCommand):
    help = "Run HarborGuard on this machine: broker, web, workers and beat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument(
            "--port", type=int, default=os.environ.get("PORT", "8000"), help="or PORT; 8000"
        )

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        # Files are for their owner only: the database holds sessions and credentials.
        os.umask(0o077)
        try:
            lock = preflight.hold(settings.DATA_DIR)
            listener = preflight.listen(host, port)
        except preflight.CannotStart as error:
            raise CommandError(str(error)) from None
        interrupt_on_stop()
        supervisor = Supervisor(Guardian(lock), self.say)
        try:
            with suppress(KeyboardInterrupt):
                self._run(supervisor, listener)
        finally:
            supervisor.stop()

    def _run(self, supervisor: Supervisor, listener: socket.socket) -> None:
        if broker := services.broker():
            supervisor.start(broker)
        self._migrate()
        _provide_static_files()
        _configure_services()
        self.prepare(supervisor, listener)
        supervisor.start(services.web(listener))
        supervisor.start(services.worker())
        supervisor.start(services.tick())
        supervisor.start(services.pushes())
        supervisor.start(services.beat())
        supervisor.run(until=WebProbe(supervisor.selector, listener, _own_host()).has_answer)
        self.welcome(listener)
        supervisor.run()

    def prepare(self, supervisor: Supervisor, listener: socket.socket) -> None:
        """Prepare what else must exist before anything is served; the database does."""

    def _migrate(self) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            reason = " ".join(str(error).split())
            raise CommandError(f"Cannot use the database: {reason}") from None
        finally:
            connections.close_all()

    def welcome(self, listener: socket.socket) -> None:
        """Print the URL and, once, the password, which is only created when it can be shown."""
        admin = create_first_admin()
        connections.close_all()
        self.say(f"HarborGuard is ready: {url_of(listener)}")
        if admin:
            self.say(f"Sign in as {admin.username} with the password {admin.password}")
            command = f"manage.py changepassword {admin.username}"
            self.say(f"It is shown only once; `{command}` sets another one")

    def say(self, line: str) -> None:
        # A closed terminal is no reason to stop syncing.
        with suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()


def _provide_static_files() -> None:
    if settings.WHITENOISE_USE_FINDERS:
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    else:
        call_command("collectstatic", verbosity=0, interactive=False)


def _configure_services() -> None:
    """Print only what needs attention, unless the environment asks for more."""
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # Services find the project from any working directory.
    paths = [str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


def _own_host() -> str:
    """Return a host name that this installation answers to."""
    allowed = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    return allowed[0].removeprefix(".") if allowed else "localhost"


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"
