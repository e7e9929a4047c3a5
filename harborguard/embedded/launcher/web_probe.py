"""Detect the moment the web process answers, without polling.

The port is open from the start, so that one request waits there until it is served.
"""

from __future__ import annotations

import selectors
import socket

_REQUEST = b"GET /healthz HTTP/1.0\r\nHost: %b\r\n\r\n"


class WebProbe:
    def __init__(
        self, selector: selectors.BaseSelector, listener: socket.socket, host: str
    ) -> None:
        self._selector = selector
        self._listener = listener
        self._request = _REQUEST % host.encode()
        self._answered = False
        self._ask()

    def has_answer(self) -> bool:
        return self._answered

    def _ask(self) -> None:
        self._asked = socket.socket(self._listener.family)
        self._asked.connect(self._listener.getsockname())
        self._asked.sendall(self._request)
        self._selector.register(self._asked, selectors.EVENT_READ, self._hear)

    def _hear(self) -> None:
        try:
            answer = self._asked.recv(1024)
        except OSError:
            answer = b""  # web ended in between: ask the next one
        self._selector.unregister(self._asked)
        self._asked.close()
        self._answered = answer.startswith(b"HTTP/")
        if not self._answered:
            self._ask()
