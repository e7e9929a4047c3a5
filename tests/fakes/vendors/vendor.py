"""The base of all fakes: content, faults and routes."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

from registries.providers import PROVIDERS
from registries.providers.shared.base import RegistryClient
from registries.transport.endpoint import Credential, Endpoint
from tests.fakes.endpoints import CANARY, endpoint
from tests.fakes.http_server import FakeServer, Reply, Request, fake_server
from tests.fakes.replies import answer_json, compressed, web_page
from tests.fakes.vendors.fault import Fault

Handler = Callable[..., Reply]
FIRST_REPOSITORY = "team/app"


@dataclass
class Image:
    """The image of a tag."""

    digest: str
    size: int = 1234


class Vendor:
    """A vendor's API on a free port. A subclass lists its ``routes`` and handles them.

    - ``routes``: (HTTP method, pattern of the whole path, name of the handler), whose groups are
      passed to the handler.
    - ``without``: faults that do not exist at this vendor, with the reason.
    - ``content``: {repository: {tag: Image}}, which a test may change at any time.
    - ``first``: the repository that faults of a single repository concern.
    """

    slug: ClassVar[str]
    routes: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    without: ClassVar[dict[Fault, str]] = {}
    first: ClassVar[str] = FIRST_REPOSITORY
    # The client's credentials, the only ones that the server accepts.
    username: ClassVar[str] = "robot"
    secret: ClassVar[str] = CANARY

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.content: dict[str, dict[str, Image]] = {}
        self.faults: set[Fault] = set()
        self.refused: list[Request] = []
        # The origin that foreign links point to.
        self.elsewhere = "http://localhost"
        # The responses to all requests, the same for every vendor.
        self.by_fault: dict[Fault, Reply] = {
            Fault.WEB_PAGE: web_page(),
            Fault.COMPRESSED: compressed(b"{}"),
            Fault.CUT_OFF: answer_json(b'{"results": [{"name": "v0"}'),
        }
        self.compiled = [
            (method, re.compile(pattern), getattr(self, name))
            for method, pattern, name in self.routes
        ]
        server.routes["*"] = self._reply

    @classmethod
    @contextmanager
    def serve(cls) -> Iterator[Self]:
        with fake_server() as server:
            yield cls(server)

    def fill(self, repositories: int, tags: int) -> None:
        """Add repositories team/app, team/app-1 and so on, with ``tags`` tags each."""
        number = sum(map(len, self.content.values()))
        for index in range(repositories):
            images = self.content.setdefault(f"{self.first}-{index}" if index else self.first, {})
            for tag in range(tags):
                number += 1
                images[f"v{tag}"] = Image(f"sha256:{number:064x}")

    @property
    def expected(self) -> dict[str, dict[str, str]]:
        """Return {repository: {tag: digest}}, with the names expected in the inventory."""
        return {
            name: {tag: image.digest for tag, image in tags.items()}
            for name, tags in self.content.items()
        }

    @property
    def options(self) -> dict[str, str | tuple[str, ...]]:
        """Return the options of a connection to this server."""
        return {}

    def endpoint(self, **values: Any) -> Endpoint:
        values.setdefault("credential", Credential(self.username, self.secret))
        values.setdefault("options", self.options)
        return endpoint(self.server.url, **values)

    def connect(self, **values: Any) -> RegistryClient:
        return PROVIDERS[self.slug].connect(self.endpoint(**values))

    # The vendor's responses to faults, which a subclass overrides.

    def throttled(self, request: Request) -> Reply:
        return answer_json({"message": "slow down"}, 429, {"Retry-After": "0"})

    def denied(self, request: Request) -> Reply:
        return answer_json({"message": "forbidden"}, 403, {})

    def not_found(self, request: Request) -> Reply:
        return answer_json({"message": "not found"}, 404, {})

    def wrong_login(self, request: Request) -> Reply:
        return answer_json({"message": "wrong login"}, 401, {})

    def take(self, fault: Fault) -> bool:
        """Return whether the fault is set, and clear it."""
        if fault in self.faults:
            self.faults.discard(fault)
            return True
        return False

    def drift(self, repository: str) -> None:
        """Insert a tag at the start of a listing that is being read, once."""
        if self.take(Fault.DRIFT):
            tags = self.content[repository]
            self.content[repository] = {"a-new-one": Image(f"sha256:{'d' * 64}"), **tags}

    def _reply(self, connection: socket.socket, request: Request) -> bool | None:
        if Fault.FOREIGN_LINKS in self.faults:
            connection = cast("socket.socket", _ForeignLinks(connection, self.elsewhere))
        return self._chosen(request)(connection, request)

    def _chosen(self, request: Request) -> Reply:
        for fault, by_fault in self.by_fault.items():
            if fault in self.faults:
                return by_fault
        if self.take(Fault.THROTTLED):
            self.refused.append(request)
            return self.throttled(request)
        path = request.target.partition("?")[0]
        for method, pattern, handler in self.compiled:
            if method == request.method and (match := pattern.fullmatch(path)):
                reply: Reply = handler(request, *match.groups())
                return reply
        return answer_json({"message": f"no route for {request.method} {path}"}, 404, {})


class _ForeignLinks:
    """A connection that makes every link point to ``origin``."""

    def __init__(self, connection: socket.socket, origin: str) -> None:
        self._connection = connection
        self._origin = origin.encode()

    def sendall(self, data: bytes) -> None:
        head, end, body = data.partition(b"\r\n\r\n")
        rewritten = re.sub(rb"(?<=Link: <)(?:https?://[^/>]*)?(?=/)", self._origin, head)
        self._connection.sendall(rewritten + end + body)
