from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.open_loop import Caller, Measured, load

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def serving(*answers: bytes, waits_for: int = 1) -> Iterator[int]:
    """Answer connections in batches of ``waits_for``; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            waiting: list[socket.socket] = []
            for answer in answers:
                while len(waiting) < waits_for:
                    connection, _ = server.accept()
                    connection.recv(10_000)
                    waiting.append(connection)
                for connection in waiting:
                    connection.sendall(answer)
                    connection.close()
                waiting.clear()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(timeout=10)


def ask(port: int, *, times: int) -> Measured:
    return asyncio.run(load(Caller(port, {"Host": "localhost"}), ["/"], rate=times, seconds=1))


def test_good_responses_are_counted() -> None:
    with serving(GOOD, GOOD, GOOD) as port:
        measured = ask(port, times=3)
    assert len(measured.latencies) == 3
    assert not measured.errors


def test_a_request_does_not_wait_for_the_previous_response() -> None:
    with serving(GOOD, waits_for=5) as port:
        measured = ask(port, times=5)
    assert len(measured.latencies) == 5


def test_a_response_that_delays_others_counts_as_slow_for_each() -> None:
    with serving(GOOD, waits_for=5) as port:
        measured = ask(port, times=5)
    assert measured.percentile(0) < measured.percentile(1)
    assert measured.percentile(1) > 0.7


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "cut off"),
        (b"", "no answer"),
    ],
)
def test_an_incomplete_or_bad_response_is_an_error(answer: bytes, error: str) -> None:
    with serving(answer) as port:
        measured = ask(port, times=1)
    assert not measured.latencies
    assert error in next(iter(measured.errors))
