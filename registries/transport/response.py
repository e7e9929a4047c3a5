"""requests' Response and headers, without the parts that nobody uses here.

A sync sends tens of thousands of small requests: the cookie jar and header mapping of a plain
``requests.Response`` would cost more than everything else that Python does for one.
"""

from __future__ import annotations

from requests import PreparedRequest, Response
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict


class Headers(CaseInsensitiveDict[str]):
    """The headers of the last response in ``raw``; repeated ones are joined by a comma.

    ``raw`` also holds interim (1xx) responses before it and trailers after it.
    """

    def __init__(self, raw: bytes | bytearray = b"") -> None:
        self._store: dict[str, tuple[str, str]] = {}
        in_head = False
        # Nothing follows the last line feed, or a truncated line.
        for line in raw.decode("latin-1").split("\n")[:-1]:
            name, colon, value = line.partition(":")
            if colon and in_head:
                self._add(name.rstrip(), value.strip())
            elif line.startswith("HTTP/"):
                self._store.clear()
                in_head = True
            elif not line.strip():
                in_head = False
        self.are_complete = not in_head

    def _add(self, name: str, value: str) -> None:
        key = name.lower()
        earlier = self._store.get(key)
        self._store[key] = (name, f"{earlier[1]}, {value}" if earlier else value)


class CurlResponse(Response):
    """A response that has been read to its end."""

    _NO_COOKIES = RequestsCookieJar()

    def __init__(
        self, request: PreparedRequest, status: int, headers: Headers, content: bytes
    ) -> None:
        self.request = request
        self.url = request.url or ""
        self.status_code = status
        self.headers = headers
        self._content = content
        self._content_consumed = True
        self._next = None
        self.raw = None
        self.reason = ""
        self.encoding = None
        self.history = []
        self.cookies = self._NO_COOKIES
