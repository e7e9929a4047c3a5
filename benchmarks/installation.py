"""A HarborGuard for benchmarks, as in production: a database, a broker and the web process.

All of it is private, on loopback, and stops with the program that started it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import django
from django.db import connection

from tests.services.postgresql import postgresql
from tests.services.process import ServiceProcess
from tests.services.valkey import valkey

_ROOT = Path(__file__).parent.parent


@contextmanager
def installation(folder: Path, database: str | None) -> Iterator[None]:
    """Start and migrate an installation, also in this process; ``database`` is an existing one."""
    with valkey(folder / "valkey") as broker:
        if database is None:
            with postgresql(folder / "postgresql") as private:
                _set_up(private, broker, folder)
                yield
        else:
            _set_up(database, broker, folder)
            yield


@dataclass(frozen=True, slots=True)
class Web:
    port: int
    pid: int


@contextmanager
def web(folder: Path) -> Iterator[Web]:
    log = folder / "web.log"
    server = ServiceProcess(_web_command(), log=log)
    try:
        server.wait_until(lambda: _ready_port(log) is not None)
        port = _ready_port(log)
        assert port is not None
        yield Web(port, server.pid)
    finally:
        server.stop()


def postgresql_pid() -> int:
    """Return the process ID of a database server on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        (folder,) = cursor.fetchone()
    return int((Path(folder) / "postmaster.pid").read_text().split()[0])


def manage(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def _set_up(database: str, broker: str, folder: Path) -> None:
    os.environ.update(
        {
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "HARBORGUARD_DATA_DIR": str(folder / "var"),
            "HARBORGUARD_CREDENTIAL_KEYS": f"bench:{secrets.token_hex(32)}",
            "HARBORGUARD_HTTPS": "false",
            "DJANGO_SETTINGS_MODULE": "harborguard.settings",
            "SECRET_KEY": secrets.token_hex(32),
            "ALLOWED_HOSTS": "localhost",
            "LOG_LEVEL": "INFO",
        }
    )
    django.setup()
    manage("migrate", "--verbosity=0")


def _web_command() -> list[str]:
    """Return the Dockerfile's command, on a free port of this machine."""
    found = re.search(r"^CMD (\[.*?\])", (_ROOT / "Dockerfile").read_text(), re.M | re.S)
    assert found is not None
    _, *options = json.loads(found[1].replace("\\\n", ""))
    options = [option for option in options if not option.startswith("--bind=")]
    return [sys.executable, "-m", "gunicorn", *options, "--bind=127.0.0.1:0"]


def _ready_port(log: Path) -> int | None:
    found = re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", log.read_text())
    if found is None:
        return None
    try:
        with closing(HTTPConnection("127.0.0.1", int(found[1]), timeout=10)) as client:
            client.request("GET", "/healthz", headers={"Host": "localhost"})
            return int(found[1]) if client.getresponse().status == 200 else None
    except OSError:
        return None
