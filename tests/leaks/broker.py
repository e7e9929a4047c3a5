"""Everything that passes through a Valkey or Redis, and everything that it keeps."""

from __future__ import annotations

import secrets
import socket
import threading
from pathlib import Path

import redis

from tests.leaks.evidence import Evidence


class WatchedBroker:
    """Listens from now on, until ``tell`` adds to the evidence what there was to hear."""

    def __init__(self, unix_socket: Path) -> None:
        self._client = redis.Redis(unix_socket_path=str(unix_socket))
        self._last_word = secrets.token_hex(8)
        self._heard = bytearray()
        self._monitor = socket.socket(socket.AF_UNIX)
        self._monitor.connect(str(unix_socket))
        self._monitor.sendall(b"MONITOR\r\n")
        assert self._monitor.recv(64).startswith(b"+OK")
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def tell(self, evidence: Evidence) -> None:
        self._client.echo(self._last_word)
        self._listener.join(30)
        assert self._last_word.encode() in self._heard
        evidence.add("what the broker was told", bytes(self._heard))
        # A dump is in the server's own format, in which long strings are compressed otherwise.
        self._client.config_set("rdbcompression", "no")
        for key in self._client.scan_iter():
            evidence.add(f"the broker's key {key!r}", key + b" " + (self._client.dump(key) or b""))

    def close(self) -> None:
        self._client.close()
        self._monitor.close()

    def _listen(self) -> None:
        end = self._last_word.encode()
        while end not in self._heard[-512:] and (part := self._monitor.recv(65536)):
            self._heard += part
