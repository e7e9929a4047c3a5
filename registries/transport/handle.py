"""One libcurl handle: its connections, its fixed options, and one exchange at a time."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import certifi
import pycurl

from registries.errors import AddressBlocked, RegistryError, ResponseTooLarge, Stage
from registries.transport.curl_errors import NOT_HTTP, cut_off, error_for
from registries.transport.limits import Limits
from registries.transport.open_sockets import DialledSocket, OpenSockets
from registries.transport.policy import AddressPolicy
from registries.transport.response import Headers
from registries.transport.trust import Trust

# (status, headers, body)
Answer = tuple[int, Headers, bytes]


class Handle:
    """A handle, used by one thread at a time. Only what changes between requests is set again."""

    def __init__(
        self, addresses: AddressPolicy, limits: Limits, trust: Trust, sockets: OpenSockets
    ) -> None:
        self.requests = 0
        self.bytes_read = 0
        self._addresses = addresses
        self._limits = limits
        self._trust = trust
        self._authorities: bytes | None = None  # the public ones
        self._refused: str | None = None
        self._head = bytearray()
        self._body = bytearray()
        self._method = ""
        self._headers: Mapping[str, str] | None = None
        self._seconds = -1.0  # not set yet
        self._curl = pycurl.Curl()
        for option, value in self._options(sockets).items():
            self._curl.setopt(option, value)

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        seconds: float,
        body: bytes = b"",
    ) -> Answer:
        """Perform one exchange. Do not change ``headers`` later: the same mapping is not read
        twice."""
        curl = self._curl
        if headers is not self._headers:
            curl.setopt(pycurl.HTTPHEADER, [f"{name}: {headers[name]}" for name in headers])
            self._headers = headers
        if method != self._method:
            self._use(method)
        authorities = self._trust.authorities(url)
        if authorities is not None and authorities is not self._authorities:
            self._believe(authorities)
        if method == "POST":
            curl.setopt(pycurl.COPYPOSTFIELDS, body)
        if seconds != self._seconds:
            curl.setopt(pycurl.TIMEOUT_MS, _milliseconds(seconds))
            self._seconds = seconds
        curl.setopt(pycurl.URL, url)
        self.requests += 1
        try:
            self._perform()
            content = bytes(self._body)
        except pycurl.error as error:
            raise self._failure(error, url) from None
        finally:
            self.bytes_read += len(self._body)
            # An idle handle must not keep the largest body that it ever read.
            self._body.clear()
        return curl.getinfo(pycurl.RESPONSE_CODE), self._read_headers(url), content

    def close(self) -> None:
        self._curl.close()

    def _perform(self) -> None:
        self._head.clear()
        self._refused = None
        try:
            self._curl.perform()
        except pycurl.error as error:
            # An unexpected body, as after a HEAD, would spoil a reused connection.
            if error.args[0] not in NOT_HTTP or self._curl.getinfo(pycurl.NUM_CONNECTS):
                raise
            self._head.clear()
            self._body.clear()
            self._curl.perform()

    def _read_headers(self, url: str) -> Headers:
        if len(self._head) > self._limits.header_bytes:
            raise ResponseTooLarge(f"The headers of {_peer(url)} exceed the size limit")
        headers = Headers(self._head)
        # To libcurl, the end of the connection ends the headers too.
        if not headers.are_complete:
            raise cut_off(_peer(url))
        return headers

    def _options(self, sockets: OpenSockets) -> dict[int, Any]:
        """Set the options of every exchange.

        The callbacks for body and headers are C methods of a bytearray: libcurl calls them for each
        header line, and a Python function there would dominate the cost of a small request.
        """
        return {
            pycurl.CAINFO: certifi.where(),
            pycurl.CAPATH: None,
            pycurl.SSL_VERIFYPEER: 1,
            pycurl.SSL_VERIFYHOST: 2,
            pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,
            pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
            pycurl.FOLLOWLOCATION: 0,
            pycurl.PROXY: "",
            pycurl.NETRC: pycurl.NETRC_IGNORED,
            pycurl.HTTP_CONTENT_DECODING: 0,
            pycurl.PATH_AS_IS: 1,
            pycurl.NOSIGNAL: 1,
            pycurl.TCP_NODELAY: 1,
            pycurl.CONNECTTIMEOUT_MS: _milliseconds(self._limits.connect_seconds),
            pycurl.OPENSOCKETFUNCTION: self._open,
            pycurl.SOCKOPTFUNCTION: sockets.opened,
            pycurl.CLOSESOCKETFUNCTION: sockets.close,
            pycurl.HEADERFUNCTION: self._head.extend,
            pycurl.WRITEFUNCTION: self._body.extend,
        }

    def _believe(self, authorities: bytes) -> None:
        """Set the trusted CAs. Connections with a CA of their own set them every time."""
        self._curl.setopt(pycurl.CAINFO, None)
        self._curl.setopt(pycurl.CAINFO_BLOB, authorities)
        self._authorities = authorities

    def _use(self, method: str) -> None:
        # A response to HEAD has no body to cap, but libcurl would check its Content-Length.
        if method == "HEAD":
            self._curl.setopt(pycurl.MAXFILESIZE, 0)
            self._curl.setopt(pycurl.NOBODY, 1)
        elif method == "GET":
            self._curl.setopt(pycurl.MAXFILESIZE, self._limits.body_bytes)
            self._curl.setopt(pycurl.HTTPGET, 1)
        elif method == "POST":
            # Some APIs take queries, and token servers credentials, in a body.
            self._curl.setopt(pycurl.MAXFILESIZE, self._limits.body_bytes)
            self._curl.setopt(pycurl.POST, 1)
        else:
            raise ValueError(f"this transport only reads: {method}")
        self._method = method

    def _open(self, _purpose: int, address: pycurl.CurlSockAddr) -> socket.socket | int:
        """Refuse or open a connection: this is the address that libcurl dials, whatever name led to
        it."""
        family, kind, protocol, target = address
        reason = self._addresses.refusal(str(target[0]))
        if reason:
            self._refused = f"{target[0]}, {reason}"
            return pycurl.SOCKET_BAD
        return DialledSocket(family, kind, protocol)

    def _failure(self, error: pycurl.error, url: str) -> RegistryError:
        number, text = int(error.args[0]), str(error.args[-1])
        peer = _peer(url)
        stage = self._stage(url)
        if self._refused and stage is Stage.ADDRESS:
            return AddressBlocked(f"Address blocked: {peer} resolves to {self._refused}")
        return error_for(number, text, peer=peer, stage=stage, seconds=self._seconds)

    def _stage(self, url: str) -> Stage:
        if self._curl.getinfo(pycurl.REQUEST_SIZE):
            return Stage.API
        if self._curl.getinfo(pycurl.CONNECT_TIME):
            return Stage.TLS if url.startswith("https:") else Stage.API
        return Stage.ADDRESS


def _milliseconds(seconds: float) -> int:
    """Return at least one: zero would be no limit to libcurl."""
    return max(1, int(seconds * 1000))


def _peer(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
