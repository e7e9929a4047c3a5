"""What must be so before anything is started; each failure is one line for the operator."""

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
    """Return a descriptor that holds the data directory for this launcher alone."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        broker.prepare(data_dir)
    except OSError as error:
        raise CannotStart(
            f"Cannot write to the data directory {data_dir}: {error.strerror or error}. "
            "Make it yours, or set HARBORGUARD_DATA_DIR to another"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise CannotStart(
            f"Another `manage.py up` works on {data_dir}, or ends the processes of one that was "
            "killed: stop it, or try again in ten seconds"
        ) from None
    return lock


def listen(host: str, port: int) -> socket.socket:
    """Open the port here and now: it is known to be ours before anything else starts, and a
    browser waits, instead of being refused, while the web process starts again."""
    if not 0 <= port <= 65535:
        raise CannotStart(f"There is no port {port}: choose one from 1 to 65535")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=512)
    except UnicodeError:
        raise CannotStart(f"{host[:40]} is not a host name") from None
    except OSError as error:
        raise CannotStart(_why_not(error, host, port)) from None


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken: stop what uses it, or choose another with PORT"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"Port {port} is for privileged programs: choose one from 1024 up with PORT"
    return f"Cannot listen on {host}:{port}: {error.strerror}"
