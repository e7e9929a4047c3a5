"""GitHub: its packages API with a base path, and its registry with a token server."""

from __future__ import annotations

import base64
from typing import ClassVar
from urllib.parse import unquote

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.replies import answer, answer_json, oci_error, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES
from tests.fakes.vendors.token_registry import TokenRegistry
from tests.fakes.vendors.vendor import FIRST_REPOSITORY

_BASE = "/api/v3"
_PLACE = rf"{_BASE}/(orgs|users)/([^/]+)/packages"
_MOST = 100
_ORIGIN = "https://api.github.com"

Row = dict[str, object]


class GHCR(TokenRegistry):
    slug = "ghcr"
    routes = (
        ("GET", rf"{_BASE}/user/packages", "own_packages"),
        ("GET", rf"{_BASE}/user/orgs", "organisations"),
        ("GET", _PLACE, "packages"),
        ("GET", rf"{_PLACE}/container/([^/]+)/versions", "versions"),
        ("GET", r"/token", "token"),
        *REGISTRY_ROUTES,
    )
    without: ClassVar = {
        Fault.EXPIRED_LOGIN: "A personal access token is not renewed: an expired one is wrong"
    }
    service = "ghcr.io"

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.owners = {"team": "orgs", "closed": "orgs", "robot": "users"}
        self.organisations_told: list[str] | None = ["Team"]
        # Owners that the API refuses, and whether it rejects the token.
        self.closed: set[str] = set()
        self.takes_token = True
        # The number of untagged versions of each tag's image, which are its platforms.
        self.children = 1

    @property
    def options(self) -> dict[str, str | tuple[str, ...]]:
        return {"api_url": f"{self.server.url}{_BASE}", "owners": ("Team",)}

    # The packages API.

    def own_packages(self, request: Request) -> Reply:
        return self.api_refusal(request) or self.listed(request, self.username)

    def organisations(self, request: Request) -> Reply:
        if refusal := self.api_refusal(request):
            return refusal
        if self.organisations_told is None:
            return self.said(403, "You need at least read:org scope to list your organizations.")
        return self.numbered(request, [{"login": name} for name in self.organisations_told])

    def packages(self, request: Request, place: str, owner: str) -> Reply:
        if refusal := self.api_refusal(request) or self.misplaced(place, owner):
            return refusal
        if Fault.CATALOG_DENIED in self.faults or owner in self.closed:
            return self.said(403, "You need at least read:packages scope to list packages.")
        return self.listed(request, owner)

    def listed(self, request: Request, owner: str) -> Reply:
        if request.query["package_type"] != ["container"]:
            return self.said(400, "Invalid argument.")
        rows: list[Row] = [
            {"name": name, "package_type": "container", "owner": {"login": owner.title()}}
            for whose, _, name in (full.partition("/") for full in self.content)
            if whose == owner
        ]
        return self.numbered(request, rows)

    def versions(self, request: Request, place: str, owner: str, escaped: str) -> Reply:
        if refusal := self.api_refusal(request) or self.misplaced(place, owner):
            return refusal
        name = f"{owner}/{unquote(escaped)}"
        if name == FIRST_REPOSITORY and Fault.REPOSITORY_DENIED in self.faults:
            return self.said(403, "Resource not accessible by personal access token")
        is_renamed = name == FIRST_REPOSITORY and Fault.RENAMED in self.faults
        if is_renamed or name not in self.content:
            return self.said(404, "Package not found.")
        rows = self.rows(name)
        self.drift(name)
        return self.numbered(request, rows)

    def rows(self, name: str) -> list[Row]:
        """Return a version for each manifest, newest first, tagged ones before their platforms."""
        tags: dict[str, list[str]] = {}
        for tag, image in self.content[name].items():
            tags.setdefault(image.digest, []).append(tag)
        rows = []
        for digest, names in tags.items():
            rows.append(_version(digest, names))
            rows += [_version(f"sha256:{digest[-62:]}{n:02x}", []) for n in range(self.children)]
        return rows

    def api_refusal(self, request: Request) -> Reply | None:
        is_right = request.authorization == f"Bearer {self.secret}" and self.takes_token
        if not is_right or Fault.WRONG_LOGIN in self.faults:
            said = f"Bad credentials {request.authorization}" if Fault.ECHO in self.faults else ""
            return self.said(401, said or "Bad credentials")
        return None

    def misplaced(self, place: str, owner: str) -> Reply | None:
        if self.owners.get(owner) != place:
            return self.said(404, "Not Found")
        return None

    def numbered(self, request: Request, rows: list[Row]) -> Reply:
        number = int(request.query.get("page", ["1"])[0])
        size = min(_MOST, int(request.query["per_page"][0]))
        if Fault.PAGE_SIZE_REFUSED in self.faults:  # the page size is capped
            size = 2
        if Fault.SHORT_PAGES in self.faults:
            size = 1
        if number > 1 and self.take(Fault.LOST_CURSOR):
            return self.said(404, "Not Found")
        following = 1 if Fault.ENDLESS in self.faults else number + 1
        headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999"}
        if number * size < len(rows) or Fault.ENDLESS in self.faults:
            query = request.target.partition("?")[2].partition("&page=")[0]
            link = f"{_ORIGIN}/organizations/1/packages?{query}&page={following}"
            headers["Link"] = f'<{link}>; rel="next", <{link}0>; rel="last"'
        return answer_json(rows[(number - 1) * size : number * size], headers=headers)

    def said(self, status: int, message: str) -> Reply:
        told = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        return answer_json({**told, "status": str(status)}, status, {})

    # The registry.

    def token(self, request: Request) -> Reply:
        """Refuse unreadable repositories and wrong credentials with the same message."""
        names = [scope.split(":")[1] for scope in request.query.get("scope", [])]
        is_denied = any(self.is_denied(name) for name in names if name != "user/image")
        if not self.is_login(request) or is_denied:
            echoed = f" {request.authorization}" if Fault.ECHO in self.faults else ""
            return oci_error(403, "DENIED", f"requested access is denied{echoed}")
        return answer_json({"token": "registry-token-of-somebody"}, headers={})

    def is_login(self, request: Request) -> bool:
        """Accept any user name, as GitHub only checks the token."""
        login = (request.authorization or "").removeprefix("Basic ")
        secret = base64.b64decode(login).decode().partition(":")[2]
        return secret == self.secret and Fault.WRONG_LOGIN not in self.faults

    def is_denied(self, name: str) -> bool:
        gone = {Fault.REPOSITORY_DENIED, Fault.RENAMED} & self.faults
        return name not in self.content or (name == FIRST_REPOSITORY and bool(gone))

    def challenge(self, request: Request, error: str = "") -> Reply:
        if request.path != "/v2/":
            return super().challenge(request, error)
        return unauthorized(
            f'Bearer realm="{self.server.url}/token",service="ghcr.io",'
            'scope="repository:user/image:pull"'
        )

    def catalog(self, request: Request) -> Reply:
        return oci_error(404, "NOT_FOUND")

    def throttled(self, request: Request) -> Reply:
        if request.path.startswith(_BASE):
            return answer_json(
                {"message": "You have exceeded a secondary rate limit."},
                403,
                {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000000"},
            )
        return answer(
            429,
            b"toomanyrequests: retry-after: 985.86\xc2\xb5s, allowed: 44000/minute",
            {"Content-Type": "text/plain"},
        )


def _version(digest: str, tags: list[str]) -> Row:
    return {
        "id": int(digest[-8:], 16),
        "name": digest,
        "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T11:00:00Z",
        "metadata": {"package_type": "container", "container": {"tags": tags}},
    }
