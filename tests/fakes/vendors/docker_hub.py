"""Docker Hub: its API, registry and token server, on one host instead of three."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.replies import REGISTRY, answer_json, oci_error
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES
from tests.fakes.vendors.token_registry import TokenRegistry
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

_REPOSITORIES = r"/v2/namespaces/([^/]+)/repositories"
_ORIGIN = "https://hub.docker.com"


class DockerHub(TokenRegistry):
    slug = "docker-hub"
    routes = (
        ("POST", r"/v2/auth/token", "log_in"),
        ("GET", r"/v2/user/orgs/", "organisations"),
        ("GET", _REPOSITORIES, "repositories"),
        ("GET", rf"{_REPOSITORIES}/([^/]+)/tags", "tags"),
        ("GET", rf"{_REPOSITORIES}/([^/]+)/tags/([^/]+)", "tag"),
        ("GET", r"/token", "token"),
        *REGISTRY_ROUTES,
    )
    service = "registry.docker.io"

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.private: set[str] = set()
        self.without_digest: set[str] = set()
        self.kinds: dict[str, str] = {}
        # The last page for anonymous callers.
        self.anonymous_pages = 1000
        self.user_organisations: list[str] | None = ["team"]
        self.logins = 0
        self.answers = 0

    @property
    def options(self) -> dict[str, str | tuple[str, ...]]:
        return {"api_url": self.server.url}

    def log_in(self, request: Request) -> Reply:
        given = json.loads(request.body)
        is_right = (given["identifier"], given["secret"]) == (self.username, self.secret)
        if not is_right or Fault.WRONG_LOGIN in self.faults:
            said = given if Fault.ECHO in self.faults else "incorrect username or password"
            return answer_json({"detail": f"{said}"}, 401, {})
        self.logins += 1
        lifetime = 0 if Fault.EXPIRED_LOGIN in self.faults else 600
        return answer_json({"access_token": self.json_web_token(lifetime)}, headers={})

    def json_web_token(self, lifetime: int) -> str:
        now = int(time.time()) + 86_400  # its clock differs from ours
        claims = {"iat": now, "exp": now + lifetime, "sub": self.username}
        parts = ({"alg": "RS256"}, claims, {"login": self.logins})
        return ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in parts
        )

    def organisations(self, request: Request) -> Reply:
        if self.user_organisations is None:
            return self.denied(request)
        if refusal := self.api_refusal(request):
            return refusal
        rows = [{"orgname": name, "full_name": name} for name in self.user_organisations]
        return self.numbered(request, rows)

    def repositories(self, request: Request, namespace: str) -> Reply:
        if refusal := self.api_refusal(request):
            return refusal
        if Fault.CATALOG_DENIED in self.faults:
            return self.denied(request)
        rows = [
            {"namespace": namespace, "name": name, "repository_type": "image"}
            for owner, _, name in (full.partition("/") for full in self.content)
            if owner == namespace and self.is_shown(f"{owner}/{name}", request)
        ]
        return self.numbered(request, rows)

    def tags(self, request: Request, namespace: str, name: str) -> Reply:
        repository = f"{namespace}/{name}"
        if refusal := self.api_refusal(request) or self.unlisted(request, repository):
            return refusal
        rows = [self.row(tag, image) for tag, image in self.content[repository].items()]
        self.drift(repository)
        return self.numbered(request, rows)

    def tag(self, request: Request, namespace: str, name: str, tag: str) -> Reply:
        repository = f"{namespace}/{name}"
        if refusal := self.api_refusal(request) or self.unlisted(request, repository):
            return refusal
        image = self.content[repository].get(tag)
        return answer_json(self.row(tag, image)) if image else self.not_found(request)

    def row(self, tag: str, image: Image) -> dict[str, object]:
        told: dict[str, object] = {
            "name": tag,
            "full_size": image.size,
            "last_updated": "2026-03-01T10:00:00.123456Z",
            "tag_last_pushed": "2026-03-02T10:00:00.123456Z",
            "tag_status": "inactive" if tag == "v0" else "active",
            "content_type": self.kinds.get(tag, "image"),
            "media_type": "application/vnd.oci.image.index.v1+json",
            "images": [
                {"architecture": "amd64", "os": "linux", "variant": None, "size": image.size},
                {"architecture": "arm64", "os": "linux", "variant": "v8", "size": image.size},
                {"architecture": "unknown", "os": "unknown", "variant": None, "size": 1},
            ],
        }
        return told if tag in self.without_digest else {**told, "digest": image.digest}

    def api_refusal(self, request: Request) -> Reply | None:
        if request.authorization is None:
            return None
        self.answers += 1
        is_expired = self.answers > 3 and self.take(Fault.EXPIRED_LOGIN)
        if is_expired or not request.authorization.startswith("Bearer ey"):
            return answer_json({"message": "unauthorized"}, 401, {})
        return None

    def unlisted(self, request: Request, repository: str) -> Reply | None:
        if repository == FIRST_REPOSITORY and Fault.REPOSITORY_DENIED in self.faults:
            return self.denied(request)
        is_renamed = repository == FIRST_REPOSITORY and Fault.RENAMED in self.faults
        if is_renamed or repository not in self.content:
            return self.not_found(request)
        return None if self.is_shown(repository, request) else self.not_found(request)

    def is_shown(self, repository: str, request: Request) -> bool:
        return repository not in self.private or request.authorization is not None

    def numbered(self, request: Request, rows: Sequence[Mapping[str, object]]) -> Reply:
        number = int(request.query["page"][0])
        size = int(request.query["page_size"][0])
        if Fault.PAGE_SIZE_REFUSED in self.faults and size > 50:
            return answer_json({"message": "page_size: too large"}, 400, {})
        if number > 1 and self.take(Fault.LOST_CURSOR):
            return self.not_found(request)
        if request.authorization is None and number > self.anonymous_pages:
            said = "pagination offset too large for anonymous requests; sign in to page further"
            return answer_json({"message": said}, 403, {})
        size = 1 if Fault.SHORT_PAGES in self.faults else min(size, 100)
        first = (number - 1) * size
        following = None
        if first + size < len(rows) or Fault.ENDLESS in self.faults:
            following_number = 1 if Fault.ENDLESS in self.faults else number + 1
            following = f"{_ORIGIN}{request.path}?page={following_number}&page_size={size}"
        return answer_json(
            {
                "count": len(rows),
                "next": following,
                "previous": None,
                "results": rows[first : first + size],
            },
            headers={"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "599"},
        )

    def is_private(self, name: str) -> bool:
        return name in self.private

    def catalog(self, request: Request) -> Reply:
        return self.challenge(request, error="insufficient_scope")

    def repository_refusal(self, name: str) -> Reply | None:
        """Deny access to missing and private repositories alike."""
        if super().repository_refusal(name) is None:
            return None
        errors = [{"code": "UNAUTHORIZED", "message": "authentication required"}]
        challenge = (
            f'Bearer realm="{self.server.url}/token",service="{self.service}",'
            f'scope="repository:{name}:pull",error="insufficient_scope"'
        )
        return answer_json({"errors": errors}, 401, {**REGISTRY, "WWW-Authenticate": challenge})

    def throttled(self, request: Request) -> Reply:
        if "/namespaces/" not in request.path:
            return oci_error(429, "TOOMANYREQUESTS", "You have reached your pull rate limit")
        soon = str(int(time.time()))
        return answer_json({"message": "too many requests"}, 429, {"X-Retry-After": soon})
