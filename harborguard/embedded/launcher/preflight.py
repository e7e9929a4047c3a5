"""Checks before anything is started; each failure is one line for the operator."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from pathlib import Path

from harborguard.embedded import broker


class CannotStart(Exception):
    pass


def hold(data_dir: Path) -> int:
    """Return a descriptor that locks the data directory for this launcher."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        broker.prepare(data_dir)
    except OSError as error:
        raise CannotStart(
            f"Cannot write to the data directory {data_dir}: {error.strerror or error}. "
            "Change its owner, or set HARBORGUARD_DATA_DIR to another one"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise CannotStart(
            f"Another `manage.py up` uses {data_dir}, or is still ending the processes of one "
            "that was killed. Stop it, or try again in ten seconds"
        ) from None
    return lock


def listen(host: str, port: int) -> socket.socket:
    """Open the port now: nothing else can take it, and while the web process restarts, browsers
    wait instead of being refused."""
    if not 0 <= port <= 65535:
        raise CannotStart(f"There is no port {port}. Choose one from 1 to 65535")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=512)
    except UnicodeError:
        raise CannotStart(f"{host[:40]} is not a valid host name") from None
    except OSError as error:
        raise CannotStart(_why_not(error, host, port)) from None


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use. Stop what uses it, or choose another port with PORT"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"Port {port} requires privileges. Choose one from 1024 up with PORT"
    return f"Cannot listen on {host}:{port}: {error.strerror}"
