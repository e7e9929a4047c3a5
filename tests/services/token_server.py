"""An authorization service for docker-registry's token mode, with switches for its faults.

https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.serialization import Encoding
from requests.auth import AuthBase

from tests.services.certificates import CertificateAuthority

SERVICE = "registry.test"
ISSUER = "issuer.test"


@dataclass(frozen=True)
class TokenRequest:
    scopes: tuple[str, ...]
    service: str | None
    authorization: str | None


@dataclass
class TokenServer:
    username: str
    password: str
    authority: CertificateAuthority = field(default_factory=CertificateAuthority)
    port: int = 0
    scheme: str = "http"

    # What a test may change while the server runs.
    status: int = 200
    expires_in: int | None = 300
    field_names: tuple[str, ...] = ("token", "access_token")
    actions: tuple[str, ...] | None = None
    requests: list[TokenRequest] = field(default_factory=list)

    @property
    def realm(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/token"

    @property
    def registry_auth(self) -> dict[str, str]:
        return {"realm": self.realm, "service": SERVICE, "issuer": ISSUER}

    def answer(self, request: TokenRequest) -> tuple[int, dict[str, object]]:
        self.requests.append(request)
        if self.status != 200:
            return self.status, {"details": "as the test asked"}
        if request.authorization != self._authorization:
            return 401, {"details": "incorrect username or password"}
        body: dict[str, object] = dict.fromkeys(self.field_names, self.sign(request.scopes))
        if self.expires_in is not None:
            body["expires_in"] = self.expires_in
        return 200, body

    def sign(self, scopes: Sequence[str]) -> str:
        now = int(time.time())
        certificate = self.authority.certificate.public_bytes(Encoding.DER)
        return jwt.encode(
            {
                "iss": ISSUER,
                "sub": self.username,
                "aud": SERVICE,
                "iat": now,
                "nbf": now - 10,
                # The specification's own lifetime, where the answer names none.
                "exp": now + (60 if self.expires_in is None else self.expires_in),
                "jti": f"{now}-{len(self.requests)}",
                "access": [self._access(scope) for scope in scopes],
            },
            self.authority.key,
            algorithm="RS256",
            headers={"x5c": [base64.b64encode(certificate).decode()]},
        )

    def _access(self, scope: str) -> dict[str, object]:
        kind, rest = scope.split(":", 1)
        name, _, actions = rest.rpartition(":")
        granted = actions.split(",") if self.actions is None else list(self.actions)
        return {"type": kind, "name": name, "actions": granted}

    @property
    def _authorization(self) -> str:
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


class FullAccess(AuthBase):
    """Signs every request of the tests' own pushes, past the server and its faults."""

    _REPOSITORY: ClassVar = re.compile(r"/v2/(.+)/(?:manifests|blobs|tags)/")

    def __init__(self, server: TokenServer) -> None:
        self._signer = TokenServer(server.username, server.password, server.authority)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        match = self._REPOSITORY.search(request.url or "")
        scopes = [f"repository:{match[1]}:pull,push,delete"] if match else []
        request.headers["Authorization"] = f"Bearer {self._signer.sign(scopes)}"
        return request


@contextmanager
def serve(server: TokenServer, tls: ssl.SSLContext | None = None) -> Iterator[TokenServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            # One scope parameter may hold several scopes, and there may be several parameters.
            scopes = tuple(scope for text in query.get("scope", ()) for scope in text.split())
            service = query.get("service", [None])[0]
            request = TokenRequest(scopes, service, self.headers.get("Authorization"))
            status, body = server.answer(request)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    if tls:
        server.scheme = "https"
        http.socket = tls.wrap_socket(http.socket, server_side=True)
    server.port = http.server_port
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
