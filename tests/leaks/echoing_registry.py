"""A registry that shows, in what it answers, the login that it was sent.

The user name says how: ``"<form> at <place>"``.
"""

from __future__ import annotations

import base64
import html
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, quote_plus

from tests.fakes.http_server import FakeServer, Reply, Request, fake_server
from tests.fakes.registry import serve_repositories
from tests.fakes.replies import answer, answer_json, unauthorized, web_page

_GO_JSON = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_GO_HTML = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "+": "&#43;"}
)

# From what Authorization carries after its scheme, and from the secret inside.
FORMS: dict[str, Callable[[str, str], str]] = {
    "header": lambda login, secret: f"Basic {login}",
    "login in a URL": lambda login, secret: quote(login, safe=""),
    "login in HTML": lambda login, secret: login.translate(_GO_HTML),
    "pair": lambda login, secret: base64.b64decode(login).decode(),
    "secret": lambda login, secret: secret,
    "secret in a path": lambda login, secret: quote(secret),
    "secret in a URL": lambda login, secret: quote(secret, safe="").lower(),
    "secret in a form": lambda login, secret: quote_plus(secret),
    "secret in HTML": lambda login, secret: html.escape(secret),
    "secret in Go's HTML": lambda login, secret: secret.translate(_GO_HTML),
    "secret in JSON": lambda login, secret: json.dumps(secret),
    "secret in JSON of UTF-8": lambda login, secret: json.dumps(secret, ensure_ascii=False),
    "secret in Go's JSON": lambda login, secret: json.dumps(secret, ensure_ascii=False).translate(
        _GO_JSON
    ),
    "secret in base64": lambda login, secret: base64.b64encode(secret.encode()).decode(),
    "secret as latin-1": lambda login, secret: secret.encode().decode("latin-1"),
}

_APP = "/v2/team/app"
_TAGS, _MANIFEST = f"{_APP}/tags/list", f"{_APP}/manifests/v1"
_CATALOG = "/v2/_catalog"

Scheme = Literal["Basic", "Bearer"]


def _refusal(status: int) -> Callable[[str], Reply]:
    def make(text: str) -> Reply:
        document = {"errors": [{"code": text, "message": text, "detail": {"headers": text}}]}
        headers = [("Content-Type", "application/json"), ("X-Echo", _header(text))]
        return answer(status, json.dumps(document).encode(), headers)

    return make


def _headers(status: int, *names: str) -> Callable[[str], Reply]:
    return lambda text: answer(status, b"{}", [(name, _header(text)) for name in names])


def _header(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


# Where, and what stands there.
PLACES: dict[str, tuple[str, Callable[[str], Reply]]] = {
    "login": ("/v2/", _refusal(401)),
    "refusal": ("/v2/", _refusal(403)),
    "fault": ("/v2/", _refusal(500)),
    "challenge": ("/v2/", lambda text: unauthorized(_header(text).replace(" ", "-"))),
    "realm": (
        "/v2/",
        lambda text: unauthorized(f'Bearer realm="http://h/{quote(text, safe="")}"'),
    ),
    "redirect": ("/v2/", lambda text: answer(302, b"", {"Location": f"https://{_header(text)}/"})),
    "web page": ("/v2/", lambda text: answer(200, text.encode(), {"Content-Type": "text/html"})),
    "type": ("/v2/", _headers(200, "Content-Type", "Docker-Distribution-Api-Version")),
    "token server": ("/token", _refusal(401)),
    "catalog": (_CATALOG, _refusal(500)),
    "catalog refusal": (_CATALOG, _refusal(403)),
    "repository": (_CATALOG, lambda text: answer_json({"repositories": [text, {text: text}]})),
    "link": (
        _CATALOG,
        lambda text: answer_json(
            {"repositories": ["team/app"]},
            headers={"Link": f"<https://{_header(text)}/v2/_catalog>; rel=next"},
        ),
    ),
    "tags": (_TAGS, _refusal(500)),
    "tag": (_TAGS, lambda text: answer_json({"name": text, "tags": [text, 1, f" {text}"]})),
    "manifest": (_MANIFEST, _refusal(500)),
    "digest": (_MANIFEST, _headers(200, "Docker-Content-Digest", "Content-Type")),
}


@dataclass
class EchoingRegistry:
    """``well`` are its good answers; ``token`` is what its token server gives; ``secrets``
    are those that it was sent."""

    server: FakeServer
    scheme: Scheme
    token: str
    well: dict[str, Reply]
    secrets: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def _challenge(self) -> str:
        if self.scheme == "Bearer":
            return f'Bearer realm="{self.url}/token",service="echo"'
        return 'Basic realm="echo"'

    def reply(self, connection: socket.socket, request: Request) -> bool | None:
        return self._chosen(request)(connection, request)

    def _chosen(self, request: Request) -> Reply:
        scheme, _, login = (request.authorization or "").partition(" ")
        if scheme == "Bearer":
            return _refusal(403)(f"{scheme} {login}")
        if not login:
            return unauthorized(self._challenge)
        username, _, secret = base64.b64decode(login).decode().partition(":")
        self.secrets.add(secret)
        form, _, place = username.partition(" at ")
        if place == "token":
            return answer_json({"token": self.token})
        path, make = PLACES[place]
        if request.path != path:
            return self.well.get(request.path, web_page(404))
        return make(FORMS[form](login, secret))


@contextmanager
def echoing_registry(scheme: Scheme, token: str = "") -> Iterator[EchoingRegistry]:
    with fake_server() as server:
        serve_repositories(server, ["team/app"], ["v1"])
        registry = EchoingRegistry(server, scheme, token, dict(server.routes))
        server.routes.clear()
        server.routes["*"] = registry.reply
        yield registry
