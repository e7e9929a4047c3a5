"""Answers of a fake server: good ones, and those that a client must survive."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterable, Mapping

from tests.fakes.http_server import Reply, Request

REGISTRY = {"Docker-Distribution-Api-Version": "registry/2.0"}
Headers = Mapping[str, str] | Iterable[tuple[str, str]]


def answer(status: int = 200, body: bytes = b"", headers: Headers = ()) -> Reply:
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    lines = [f"{name}: {value}\r\n" for name, value in pairs]
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n{''.join(lines)}\r\n"

    def reply(connection: socket.socket, request: Request) -> None:
        content = b"" if request.method == "HEAD" else body
        connection.sendall(head.encode("latin-1") + content)

    return reply


def answer_json(
    document: object, status: int = 200, headers: Mapping[str, str] = REGISTRY
) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return answer(status, body, {"Content-Type": "application/json", **headers})


def web_page(status: int = 200) -> Reply:
    return answer(status, b"<html><h1>Sign in</h1></html>", {"Content-Type": "text/html"})


def oci_error(status: int, code: str, message: str = "as the test asked") -> Reply:
    return answer_json({"errors": [{"code": code, "message": message}]}, status)


def unauthorized(*challenges: str) -> Reply:
    body = json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": "log in"}]}).encode()
    return answer(401, body, [("WWW-Authenticate", challenge) for challenge in challenges])


def in_turn(*replies: Reply) -> Reply:
    """The last one for ever."""
    left = list(replies)

    def reply(connection: socket.socket, request: Request) -> bool | None:
        return (left.pop(0) if len(left) > 1 else left[0])(connection, request)

    return reply


def with_login(authorization: str, granted: Reply, refused: Reply) -> Reply:
    def reply(connection: socket.socket, request: Request) -> bool | None:
        chosen = granted if request.authorization == authorization else refused
        return chosen(connection, request)

    return reply


def raw(data: bytes) -> Reply:
    """``data``, whatever it is, and then the end of the connection."""

    def reply(connection: socket.socket, request: Request) -> bool:
        connection.sendall(data)
        return False

    return reply


def hang(connection: socket.socket, request: Request) -> bool:
    """Say nothing until the client hangs up."""
    connection.recv(1)
    return False


def drip(head: bytes, endless: bytes) -> Reply:
    """``head`` at once, then ``endless`` again and again, a byte at a time, until hung up on."""

    def reply(connection: socket.socket, request: Request) -> bool:
        connection.sendall(head)
        pace = threading.Event()
        for _ in range(10_000):
            for byte in endless:
                connection.sendall(bytes([byte]))
                pace.wait(0.02)
        return False

    return reply


def endless_body(chunk: bytes = b"x" * 65536) -> Reply:
    """A chunked body that ends only when the client hangs up; at most 1 GiB."""

    def reply(connection: socket.socket, request: Request) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        framed = f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
        for _ in range(2**30 // len(chunk)):
            connection.sendall(framed)
        return False

    return reply


def gzip_bomb(status: int = 200, **headers: str) -> Reply:
    """Return about a megabyte that decompresses to a gigabyte."""
    return _compressed(1024 * gzip.compress(bytes(2**20)), status, headers)


def compressed(content: bytes) -> Reply:
    return _compressed(gzip.compress(content), 200, REGISTRY)


def _compressed(body: bytes, status: int, headers: Mapping[str, str]) -> Reply:
    named = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    return answer(status, body, {**named, **headers})
