from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.parts import POSTGRESQL
from tests.services.process import ServiceFailed, ServiceProcess

# A test database may be lost in a crash; it may not be slow.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "jit": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
}


def url(folder: Path) -> str:
    """Return the DATABASE_URL of the cluster that is, or will be, in this folder."""
    return f"postgres://harborguard@/{folder}/postgres"


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A private cluster, reachable only through its unix socket; yields its DATABASE_URL."""
    folder.mkdir(mode=0o700)
    owner = _owner()
    if owner:
        shutil.chown(folder, owner, owner)
    data = folder / "data"
    _initialise(data, owner)
    settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
    server = ServiceProcess(
        [
            _executable("postgres"),
            *("-D", data),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ],
        log=folder / "log",
        user=owner,
        # Fast shutdown: postgres gives its shared memory back, which SIGKILL would leak.
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
    )
    try:
        server.wait_until(lambda: _answers(folder))
        yield url(folder)
    finally:
        server.stop()


def runnable() -> bool:
    return POSTGRESQL.find("initdb") is not None and (os.geteuid() != 0 or _has_user("postgres"))


def _owner() -> str | None:
    # postgres refuses to run as root.
    return "postgres" if os.geteuid() == 0 else None


def _has_user(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def _initialise(data: Path, owner: str | None) -> None:
    result = subprocess.run(
        [
            _executable("initdb"),
            *("--pgdata", data, "--username", "harborguard", "--auth", "trust"),
            *("--encoding", "UTF8", "--no-locale", "--no-sync"),
        ],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=data.parent,
        env={"PATH": os.environ["PATH"], "USER": owner or getpass.getuser()},
        user=owner,
        group=owner,
        extra_groups=[] if owner else None,
    )
    if result.returncode != 0:
        raise ServiceFailed(f"initdb: {result.stdout}")


def _executable(name: str) -> Path:
    return POSTGRESQL.find(name) or POSTGRESQL.give_up()


def _answers(folder: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(host=str(folder), user="harborguard", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True
