"""A registry that speaks the OCI distribution protocol, as far as catalogs are read.

https://github.com/opencontainers/distribution-spec; ``_catalog`` is an extension of CNCF
Distribution.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from harborguard.demo.content import Content
from registries.transport.endpoint import Credential as Login

_LARGEST_PAGE = 100
_TAGS = re.compile(r"/v2/(?P<repository>.+)/tags/list")
_MANIFEST = re.compile(r"/v2/(?P<repository>.+)/manifests/(?P<reference>[^/]+)")


@dataclass(slots=True)
class Manners:
    """The current behavior of a registry. ``closed``: repositories that the caller may not see."""

    login: Login | None = None
    is_down: bool = False
    seconds_an_answer: float = 0.0
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class RegistryServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, listener: socket.socket, content: Content, manners: Manners) -> None:
        """``listener`` is already listening, so that the address is known before it is served."""
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.content = content
        self.manners = manners

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, target: str, authorization: str | None) -> Answer:
        if self.manners.is_down:
            return _error(503, "UNAVAILABLE", "the storage behind this registry is not mounted")
        if not self._lets_in(authorization):
            challenge = {"WWW-Authenticate": 'Basic realm="demo registry"'}
            return _error(401, "UNAUTHORIZED", "authentication required", challenge)
        return self._find(target)

    def _lets_in(self, authorization: str | None) -> bool:
        login = self.manners.login
        if login is None:
            return True
        pair = b64encode(f"{login.username}:{login.secret}".encode()).decode()
        return authorization == f"Basic {pair}"

    def _find(self, target: str) -> Answer:
        url = urlsplit(target)
        query = parse_qs(url.query)
        if url.path == "/v2/":
            return _json({})
        if url.path == "/v2/_catalog":
            return _page(url.path, query, "repositories", self.content.repositories(), {})
        if found := _TAGS.fullmatch(url.path):
            return self._tags(url.path, query, found["repository"])
        if found := _MANIFEST.fullmatch(url.path):
            return self._manifest(found["repository"], found["reference"])
        return _error(404, "UNSUPPORTED", "not found")

    def _tags(self, path: str, query: Mapping[str, list[str]], repository: str) -> Answer:
        if repository in self.manners.closed:
            return _error(403, "DENIED", "requested access to the resource is denied")
        tags = self.content.tags(repository)
        if not tags:
            return _error(404, "NAME_UNKNOWN", "repository name not known to registry")
        return _page(path, query, "tags", sorted(tags), {"name": repository})

    def _manifest(self, repository: str, reference: str) -> Answer:
        manifest = self.content.manifest(repository, reference)
        if manifest is None:
            return _error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        headers = {"Content-Type": manifest.media_type, "Docker-Content-Digest": manifest.digest}
        return Answer(200, manifest.body, headers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Headers and body are sent together.
    wbufsize = -1

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        registry = cast("RegistryServer", self.server)
        if registry.manners.seconds_an_answer:
            time.sleep(registry.manners.seconds_an_answer)
        answer = registry.answer(self.path, self.headers["Authorization"])
        self.send_response(answer.status)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Log nothing: the product shows the requests."""


def _page(
    path: str,
    query: Mapping[str, list[str]],
    key: str,
    names: Sequence[str],
    document: Mapping[str, object],
) -> Answer:
    """Return ``n`` names after ``last``, and where the next ones are."""
    last = query.get("last", [""])[0]
    wanted = query.get("n", [""])[0]
    size = min(int(wanted), _LARGEST_PAGE) if wanted.isdigit() else _LARGEST_PAGE
    following = [name for name in names if name > last]
    page = following[:size]
    link = {}
    if page and len(following) > size:
        there = urlencode({"n": size, "last": page[-1]}, quote_via=quote)
        link = {"Link": f'<{path}?{there}>; rel="next"'}
    return _json({**document, key: page}, link)


def _json(document: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
    kind = {"Content-Type": "application/json"}
    return Answer(200, json.dumps(document).encode(), {**kind, **(headers or {})})


def _error(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Answer:
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    return Answer(status, body, {"Content-Type": "application/json", **(headers or {})})
