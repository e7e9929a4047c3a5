"""requests' HTTPAdapter on top of libcurl.

Unlike urllib3, libcurl has one deadline for the whole exchange, a cap on the body while it arrives,
a check of the address that is really dialed, and speed.
"""

from __future__ import annotations

from collections.abc import Mapping

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from registries.errors import NetworkError
from registries.transport.endpoint import Endpoint
from registries.transport.handle import Handle
from registries.transport.open_sockets import OpenSockets
from registries.transport.response import CurlResponse
from registries.transport.trust import Trust


def closed_on_our_side() -> NetworkError:
    return NetworkError("Network error: the connection was closed on our side")


class CurlAdapter(HTTPAdapter):
    """Sends requests with libcurl. Thread-safe: each exchange has a handle of its own."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._trust = Trust(endpoint.ca_pem, endpoint.ca_host)
        self._sockets = OpenSockets()
        # list.append and list.pop are atomic; the last handle used has the warmest connection.
        self._idle: list[Handle] = []
        self._handles: list[Handle] = []
        self._closed = False

    @property
    def requests(self) -> int:
        return sum(handle.requests for handle in self._handles)

    @property
    def bytes_read(self) -> int:
        return sum(handle.bytes_read for handle in self._handles)

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request. ``timeout``, a number, is the deadline of the whole exchange.

        The other arguments are for requests' own engine: trust comes from the endpoint, proxies are
        not used, and a response is always read to its end.
        """
        limits = self._endpoint.limits
        seconds = timeout if isinstance(timeout, int | float) else limits.total_seconds
        handle = self._take()
        try:
            status, headers, body = handle.exchange(
                request.method or "GET",
                request.url or "",
                request.headers,
                seconds,
                request.body if isinstance(request.body, bytes) else b"",
            )
            return CurlResponse(request, status, headers, body)
        finally:
            self._give_back(handle)

    def close(self) -> None:
        """Abort exchanges in progress; a handle in use is closed by its own thread."""
        self._closed = True
        self._sockets.shut()
        self._close_idle()
        super().close()

    def _take(self) -> Handle:
        if self._closed:
            raise closed_on_our_side()
        try:
            return self._idle.pop()
        except IndexError:
            endpoint = self._endpoint
            handle = Handle(endpoint.addresses, endpoint.limits, self._trust, self._sockets)
            self._handles.append(handle)
            return handle

    def _give_back(self, handle: Handle) -> None:
        self._idle.append(handle)
        if self._closed:
            self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                return
