"""An HTTP/1.1 server on a free port whose routes may misbehave in any way a socket allows."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qs, urlsplit

from registries.transport.origin import Origin


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)

    @property
    def authorization(self) -> str | None:
        return self.headers.get("authorization")


# Writes the answer; the connection is kept for the next request unless it returns False.
Reply = Callable[[socket.socket, Request], bool | None]


@dataclass
class FakeServer:
    port: int
    scheme: str
    routes: dict[str, Reply] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def origin(self) -> Origin:
        return Origin.parse(self.url)

    def reply_to(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.routes.get(request.path) or self.routes.get("*") or _not_found

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]


@contextmanager
def fake_server(
    routes: dict[str, Reply] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[FakeServer]:
    with _Listener(("127.0.0.1", 0), _Connection) as listener:
        listener.tls = tls
        listener.fake = FakeServer(listener.server_address[1], "https" if tls else "http")
        listener.fake.routes.update(routes or {})
        threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield listener.fake
        finally:
            listener.shutdown()


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    fake: FakeServer
    tls: ssl.SSLContext | None

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what many of these servers are for."""


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        listener = cast("_Listener", self.server)
        listener.fake.connections += 1
        connection: socket.socket = self.request
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if listener.tls:
            connection = listener.tls.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as reader:
            while line := reader.readline():
                method, target, _ = line.decode("latin-1").split(" ", 2)
                headers = {}
                while (header := reader.readline().strip()) != b"":
                    name, _, value = header.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                body = reader.read(int(headers.get("content-length", "0")))
                request = Request(method, target, headers, body)
                if listener.fake.reply_to(request)(connection, request) is False:
                    return


def _not_found(connection: socket.socket, request: Request) -> None:
    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
