"""GitLab: its API, its token server and its registry, on one host instead of two."""

from __future__ import annotations

import base64
from urllib.parse import quote, unquote

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.replies import REGISTRY, answer, answer_json, oci_error, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES, RegistryAPI
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

_API = "/api/v4"
_MAX_PAGE_SIZE = 100
# With more scopes, a token would be too long for a header.
_MAX_SCOPES = 40

Row = dict[str, object]


class GitLab(RegistryAPI):
    slug = "gitlab"
    routes = (
        ("GET", r"/jwt/auth", "token"),
        ("GET", rf"{_API}/groups", "groups"),
        ("GET", rf"{_API}/projects", "projects"),
        ("GET", rf"{_API}/projects/([^/]+)", "project"),
        ("GET", rf"{_API}/(groups|projects)/([^/]+)/registry/repositories", "repositories"),
        ("GET", r"/gitlab/v1/", "compliance"),
        ("GET", r"/gitlab/v1/repositories/(.+)/tags/list/", "tag_rows"),
        *REGISTRY_ROUTES,
    )

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.tokens: dict[str, list[str]] = {}
        self.has_database = True
        # False for a deploy token, which only the registry accepts.
        self.api_takes_login = True
        self.visible_groups: list[str] = ["team"]
        # Paths of projects whose registry is disabled.
        self.disabled_registries: set[str] = set()
        self.statuses: dict[str, str] = {}
        self.deleted_projects: set[str] = set()
        self.is_banned = False

    @property
    def options(self) -> dict[str, str | tuple[str, ...]]:
        return {"api_url": self.server.url, "groups": ("team",)}

    # The token server.

    def token(self, request: Request) -> Reply:
        if self.is_banned:
            return self.forbidden()
        wanted = base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()
        if request.authorization != f"Basic {wanted}" or Fault.WRONG_LOGIN in self.faults:
            echoed = f" {request.authorization}" if Fault.ECHO in self.faults else ""
            return oci_error(401, "UNAUTHORIZED", f"HTTP Basic: Access denied.{echoed}")
        scopes = request.query.get("scope", [])
        assert len(scopes) <= _MAX_SCOPES
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = [scope for scope in scopes if self.is_granted(scope)]
        document: dict[str, object] = {"token": token}
        if Fault.EXPIRED_LOGIN in self.faults:
            document["expires_in"] = 0
        return answer_json(document, headers={})

    def is_granted(self, scope: str) -> bool:
        """Return whether the token includes ``scope``; one is issued in any case."""
        kind, name, _ = scope.split(":")
        if kind != "repository" or self.project_of(name) in self.deleted_projects:
            return False
        return not (name == FIRST_REPOSITORY and Fault.REPOSITORY_DENIED in self.faults)

    def registry_refusal(self, request: Request) -> Reply | None:
        scope = _scope(request)
        granted = self.tokens.get((request.authorization or "").removeprefix("Bearer "))
        if granted is None:
            return self.challenge(scope, "invalid_token" if request.authorization else "")
        if scope and scope not in granted:
            return self.challenge(scope, "insufficient_scope")
        if scope and self.take(Fault.EXPIRED_LOGIN):
            return self.challenge(scope, "invalid_token")
        return None

    def challenge(self, scope: str, error: str) -> Reply:
        parts = [f'realm="{self.server.url}/jwt/auth"', 'service="container_registry"']
        parts += [f'scope="{scope}"'] if scope else []
        parts += [f'error="{error}"'] if error else []
        return unauthorized(f"Bearer {','.join(parts)}")

    # GitLab's extension of the registry API.

    def compliance(self, request: Request) -> Reply:
        if not self.has_database:
            return answer(404, b"404 page not found\n", {"Content-Type": "text/plain"})
        return self.registry_refusal(request) or answer(200)

    def tag_rows(self, request: Request, name: str) -> Reply:
        if not self.has_database:
            return answer(404, b"404 page not found\n", {"Content-Type": "text/plain"})
        if refusal := self.registry_refusal(request) or self.repository_refusal(name):
            return refusal
        asked, last = int(request.query["n"][0]), request.query.get("last", [""])[0]
        if asked > (100 if Fault.PAGE_SIZE_REFUSED in self.faults else 1000):
            return oci_error(400, "INVALID_QUERY_PARAMETER_VALUE")
        if last and self.take(Fault.LOST_CURSOR):
            return answer(404)
        tags = sorted(self.content[name])
        self.drift(name)
        left = [tag for tag in tags if tag > last or Fault.ENDLESS in self.faults]
        size = 1 if Fault.SHORT_PAGES in self.faults else asked
        headers = dict(REGISTRY)
        if len(left) > size:
            query = f"last={quote(left[size - 1])}&n={asked}"
            headers["Link"] = f'</gitlab/v1/repositories/{name}/tags/list/?{query}>; rel="next"'
        rows = [_row(tag, self.content[name][tag]) for tag in left[:size]]
        return answer_json(rows, headers=headers)

    def catalog(self, request: Request) -> Reply:
        """Return no names, as for everyone who is not an administrator of the instance."""
        return self.registry_refusal(request) or answer_json({"repositories": []})

    # The API.

    def groups(self, request: Request) -> Reply:
        if refusal := self.api_refusal(request):
            return refusal
        assert request.query["min_access_level"] == ["20"]
        return self.numbered(request, [{"full_path": path} for path in self.visible_groups])

    def projects(self, request: Request) -> Reply:
        if refusal := self.api_refusal(request):
            return refusal
        assert request.query["membership"] == ["true"]
        paths = sorted({self.project_of(name) for name in self.content} | self.disabled_registries)
        after = int(request.query.get("id_after", ["0"])[0])
        size = 1 if Fault.SHORT_PAGES in self.faults else _MAX_PAGE_SIZE
        headers = {}
        if after + size < len(paths):
            link = f"{self.server.url}{_API}/projects?id_after={after + size}&membership=true"
            headers["Link"] = f'<{link}&pagination=keyset&per_page=100>; rel="next"'
        rows = [{"path_with_namespace": path} for path in paths[after : after + size]]
        return answer_json(rows, headers=headers)

    def project(self, request: Request, escaped: str) -> Reply:
        path = unquote(escaped)
        paths = {self.project_of(name) for name in self.content} | self.disabled_registries
        if path not in paths - self.deleted_projects:
            return answer_json({"message": "404 Project Not Found"}, 404, {})
        return self.api_refusal(request) or answer_json({"path_with_namespace": path})

    def repositories(self, request: Request, kind: str, escaped: str) -> Reply:
        if refusal := self.api_refusal(request):
            return refusal
        path = unquote(escaped)
        if Fault.CATALOG_DENIED in self.faults or path in self.disabled_registries:
            return answer_json({"message": "403 Forbidden"}, 403, {})
        if kind == "groups" and path not in self.visible_groups:
            return answer_json({"message": "404 Group Not Found"}, 404, {})
        rows: list[Row] = [
            {"id": number, "path": name, "status": self.statuses.get(name), "name": ""}
            for number, name in enumerate(self.content, 1)
            if self.project_of(name) not in self.deleted_projects
            and (name.startswith(f"{path}/") or self.project_of(name) == path)
        ]
        return self.numbered(request, rows)

    def api_refusal(self, request: Request) -> Reply | None:
        if self.is_banned:
            return self.forbidden()
        is_right = request.authorization == f"Bearer {self.secret}" and self.api_takes_login
        if not is_right or Fault.WRONG_LOGIN in self.faults:
            return answer_json({"message": "401 Unauthorized"}, 401, {})
        return None

    def numbered(self, request: Request, rows: list[Row]) -> Reply:
        number = int(request.query.get("page", ["1"])[0])
        size = min(_MAX_PAGE_SIZE, int(request.query["per_page"][0]))
        size = 1 if Fault.SHORT_PAGES in self.faults else size
        if number > 1 and self.take(Fault.LOST_CURSOR):
            return answer_json({"message": "404 Not Found"}, 404, {})
        following = 1 if Fault.ENDLESS in self.faults else number + 1
        more = number * size < len(rows) or Fault.ENDLESS in self.faults
        headers = {"X-Next-Page": str(following) if more else "", "RateLimit-Remaining": "599"}
        return answer_json(rows[(number - 1) * size : number * size], headers=headers)

    def project_of(self, repository: str) -> str:
        return "/".join(repository.split("/")[:2])

    def forbidden(self) -> Reply:
        return answer(403, b"Forbidden\n", {"Content-Type": "text/plain"})

    def throttled(self, request: Request) -> Reply:
        headers = {"Retry-After": "0", "RateLimit-Remaining": "0", "RateLimit-Reset": "1700000000"}
        return answer(429, b"Retry later\n", {"Content-Type": "text/plain", **headers})


def _row(tag: str, image: Image) -> Row:
    return {
        "name": tag,
        "digest": image.digest,
        "media_type": "application/vnd.oci.image.index.v1+json",
        "size_bytes": image.size,
        "created_at": "2026-03-01T10:00:00.000Z",
        "published_at": "2026-03-02T10:00:00.123Z",
    }


def _scope(request: Request) -> str:
    if request.path == "/v2/_catalog":
        return "registry:catalog:*"
    for start, ends in (("/v2/", ("/tags/list", "/manifests/")), ("/gitlab/v1/", ("/tags/list/",))):
        for end in ends:
            name, found, _ = request.path.removeprefix(start).partition(end)
            if request.path.startswith(start) and found:
                return f"repository:{name.removeprefix('repositories/')}:pull"
    return ""
