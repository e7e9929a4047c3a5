"""Everything that passes through a Valkey or Redis, and everything that it keeps."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from tests.leaks.evidence import Evidence


@contextmanager
def watched_broker(socket_path: str, evidence: Evidence) -> Iterator[None]:
    """Add to the evidence, at the end, what MONITOR has told and what the keys hold."""
    last_word = secrets.token_hex(8)
    said = bytearray()
    with socket.socket(socket.AF_UNIX) as monitor, _client(socket_path) as client:
        monitor.connect(socket_path)
        monitor.sendall(b"MONITOR\r\n")
        assert monitor.recv(64).startswith(b"+OK")
        listener = threading.Thread(target=_listen, args=(monitor, last_word.encode(), said))
        listener.start()
        try:
            yield
        finally:
            client.execute_command("ECHO", last_word)
            listener.join(30)
            assert not listener.is_alive()
            evidence.add("what the broker was told", bytes(said))
            for key, value in _everything(client):
                evidence.add(f"the broker's key {key!r}", key + b" " + value)


def _listen(monitor: socket.socket, last_word: bytes, said: bytearray) -> None:
    while last_word not in said[-512:]:
        part = monitor.recv(65536)
        assert part, "the broker has ended"
        said += part


def _everything(client: redis.Redis) -> Iterator[tuple[bytes, bytes]]:
    # A dump is in the server's own format, in which long strings are compressed otherwise.
    client.config_set("rdbcompression", "no")
    for key in client.scan_iter():
        yield key, client.dump(key) or b""


def _client(socket_path: str) -> redis.Redis:
    return redis.Redis(unix_socket_path=socket_path)
