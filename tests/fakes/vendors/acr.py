"""Azure Container Registry: its API and its registry, with Basic authentication or tokens."""

from __future__ import annotations

import base64
import json
import time
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.registry import MANIFEST
from tests.fakes.replies import REGISTRY, answer, answer_json, oci_error, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES, RegistryAPI
from tests.fakes.vendors.vendor import FIRST_REPOSITORY

IMAGE_CONFIG = "application/vnd.docker.container.image.v1+json"
NOBODY = "00000000-0000-0000-0000-000000000000"
_CATALOG = "registry:catalog:*"


class ACR(RegistryAPI):
    slug = "acr"
    routes = (
        ("GET", r"/acr/v1/(.+)/_manifests", "manifests"),
        ("GET", r"/acr/v1/(.+)/_tags", "tags"),
        ("GET", r"/oauth2/token", "token_for_password"),
        ("POST", r"/oauth2/token", "token_for_refresh_token"),
        *REGISTRY_ROUTES,
    )
    without: ClassVar = {
        Fault.PAGE_SIZE_REFUSED: "A page size that is too large is cut down without a word",
    }

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.takes_basic = True
        self.is_classic = False
        self.firewall = ""
        # Untagged manifests, and members of other manifests by digest.
        self.untagged: dict[str, list[str]] = {}
        self.manifests_say: dict[str, dict[str, Any]] = {}
        self.page_size = 1000

    def manifests(self, request: Request, name: str) -> Reply:
        if refusal := self.api_refusal(request, name):
            return refusal
        rows: dict[str, dict[str, Any]] = {
            digest: {"digest": digest, **_TIMES} for digest in self.untagged.get(name, [])
        }
        for tag, image in self.content[name].items():
            row = rows.setdefault(image.digest, self._manifest(image.digest, image.size))
            row["tags"] = [*row.get("tags", []), tag]
        self.drift(name)
        return self._rows(request, name, "manifests", rows)

    def tags(self, request: Request, name: str) -> Reply:
        if refusal := self.api_refusal(request, name):
            return refusal
        rows = {
            tag: {"name": tag, "digest": image.digest, "signed": False, **_TIMES}
            for tag, image in self.content[name].items()
        }
        self.drift(name)
        return self._rows(request, name, "tags", rows)

    def api_refusal(self, request: Request, name: str) -> Reply | None:
        if self.is_classic:
            return oci_error(405, "UNSUPPORTED", "The operation is unsupported.")
        scope = f"repository:{name}:metadata_read"
        return self.registry_refusal(request, scope) or self.repository_refusal(name)

    def tag_list(self, request: Request, name: str) -> Reply:
        scope = f"repository:{name}:metadata_read"
        return self.registry_refusal(request, scope) or super().tag_list(request, name)

    def manifest(self, request: Request, name: str, tag: str) -> Reply:
        scope = f"repository:{name}:pull"
        return self.registry_refusal(request, scope) or super().manifest(request, name, tag)

    def catalog(self, request: Request) -> Reply:
        if refusal := self.registry_refusal(request, _CATALOG):
            return refusal
        names = sorted(self.content)
        return self._page(request, "repositories", names)

    def registry_refusal(self, request: Request, scope: str = "") -> Reply | None:
        if self.firewall:
            return oci_error(403, "DENIED", self.firewall)
        said = request.authorization or ""
        if said.startswith("Bearer "):
            granted = _claims(said)
            if (not scope or scope in granted) and not self._expires(scope):
                return None
        elif self.takes_basic and self._is_login(request) and scope != _CATALOG:
            return None
        parts = [f'realm="{self.server.url}/oauth2/token"', f'service="{self._service}"']
        parts += [f'scope="{scope}"', 'error="invalid_token"'] if scope else []
        return unauthorized(f"Bearer {','.join(parts)}")

    def repository_refusal(self, name: str) -> Reply | None:
        if name == FIRST_REPOSITORY and Fault.REPOSITORY_DENIED in self.faults:
            return oci_error(403, "DENIED", "requested access to the resource is denied")
        return super().repository_refusal(name)

    def token_for_password(self, request: Request) -> Reply:
        if request.authorization and not self._is_login(request):
            return self._unauthorized(request.authorization)
        return self._token(request.query.get("scope", []))

    def token_for_refresh_token(self, request: Request) -> Reply:
        form = parse_qs(request.body.decode())
        is_right = form["grant_type"] == ["refresh_token"] and form["service"] == [self._service]
        is_right = is_right and form["refresh_token"] == [self.secret]
        if not is_right or Fault.WRONG_LOGIN in self.faults:
            return self._unauthorized(request.body.decode())
        return self._token(form.get("scope", [""])[0].split())

    def _token(self, scopes: list[str]) -> Reply:
        """Return a token without its lifetime, which is in the token itself."""
        granted = [scope for scope in scopes if scope != _CATALOG or not self._hides_catalog]
        seconds = 0 if Fault.EXPIRED_LOGIN in self.faults else 4500
        now = int(time.time())
        claims = {"iat": now, "exp": now + seconds, "scopes": granted}
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({}, claims)]
        token = b".".join([*(part.rstrip(b"=") for part in parts), b"c2lnbmF0dXJl"])
        return answer_json({"access_token": token.decode()}, headers={})

    @property
    def _hides_catalog(self) -> bool:
        return Fault.CATALOG_DENIED in self.faults

    @property
    def _service(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    def _expires(self, scope: str) -> bool:
        return bool(scope) and self.take(Fault.EXPIRED_LOGIN)

    def _is_login(self, request: Request) -> bool:
        wanted = base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()
        return request.authorization == f"Basic {wanted}" and Fault.WRONG_LOGIN not in self.faults

    def _unauthorized(self, sent: str) -> Reply:
        said = "authentication required, visit https://aka.ms/acr/authorization"
        if Fault.ECHO in self.faults:
            said = f"you sent {sent} {self.secret}"
        return oci_error(401, "UNAUTHORIZED", said)

    def _manifest(self, digest: str, size: int) -> dict[str, Any]:
        return {
            "digest": digest,
            "imageSize": size,
            **_TIMES,
            "architecture": "amd64",
            "os": "linux",
            "mediaType": MANIFEST,
            "configMediaType": IMAGE_CONFIG,
            "changeableAttributes": {"deleteEnabled": True, "listEnabled": True},
            **self.manifests_say.get(digest, {}),
        }

    def _rows(self, request: Request, name: str, key: str, rows: dict[str, Any]) -> Reply:
        asked = int(request.query.get("n", ["100"])[0])
        last = request.query.get("last", [""])[0]
        if last and self.take(Fault.LOST_CURSOR):
            return answer(404)
        if Fault.ENDLESS in self.faults:
            last = ""
        left = [each for each in sorted(rows) if each > last]
        size = 1 if Fault.SHORT_PAGES in self.faults else min(asked, self.page_size)
        shown, headers = left[:size], dict(REGISTRY)
        if len(left) > size:
            path = request.target.partition("?")[0]
            headers["Link"] = (
                f'<{path}?last={quote(shown[-1], safe="")}&n={asked}&orderby=>; rel="next"'
            )
        document = {"registry": self._service, "imageName": name}
        return answer_json({**document, key: [rows[each] for each in shown] or None}, 200, headers)


_TIMES = {
    "createdTime": "2026-03-02T10:00:00.1234567Z",
    "lastUpdateTime": "2026-03-02T11:00:00.1234567Z",
}


def _claims(authorization: str) -> list[str]:
    payload = authorization.removeprefix("Bearer ").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return list(claims["scopes"])
