"""Gitea or Forgejo: the packages API by owner, and a registry with a token server."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.replies import answer_json, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES
from tests.fakes.vendors.token_registry import TokenRegistry

Row = dict[str, object]
T = TypeVar("T")


class Gitea(TokenRegistry):
    slug = "gitea"
    routes = (
        ("GET", r"(?:/git)?/api/v1/user", "user"),
        ("GET", r"(?:/git)?/api/v1/user/orgs", "organisations"),
        ("GET", r"(?:/git)?/api/v1/packages/([^/]+)", "packages"),
        ("GET", r"/v2/token", "token"),
        *REGISTRY_ROUTES,
    )
    without: ClassVar = {
        Fault.REPOSITORY_DENIED: "who may read one package of an owner may read all of them",
        Fault.RENAMED: "tags come with the names: nothing is asked for again",
        Fault.LOST_CURSOR: "pages are numbered",
    }
    token_path = "/v2/token"
    service = "container_registry"

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.owners: tuple[str, ...] = ("Team",)
        self.login = "robot"
        self.organisation_names = ["Team"]
        # The scopes of the token.
        self.scopes = {"read:package", "read:user", "read:organization"}
        self.rows_most = 50
        # The server may be configured to send neither header.
        self.tells_total = True
        self.total_told: int | None = None
        self.tells_next = True
        # Packages that are public.
        self.is_public = False
        self.tokens = 0

    @property
    def options(self) -> dict[str, str | tuple[str, ...]]:
        return {"owners": self.owners} if self.owners else {}

    def user(self, request: Request) -> Reply:
        refusal = self.api_refusal(request, "read:user")
        return refusal or answer_json({"id": 1, "login": self.login, "username": self.login})

    def organisations(self, request: Request) -> Reply:
        if refusal := self.api_refusal(request, "read:organization"):
            return refusal
        return self.numbered(request, self.organisation_names, _organisation)

    def packages(self, request: Request, owner: str) -> Reply:
        if refusal := self.api_refusal(request, "read:package"):
            return refusal
        if owner.lower() not in {"robot", "team", *(name.lower() for name in self.owners)}:
            return self.said(404, f"user redirect does not exist [name: {owner}]")
        assert request.query["type"] == ["container"]
        owned = [name for name in self.content if name_of(name, 0) == owner.lower()]
        versions = [(name, version) for name in owned for version in self.versions(name)]
        if self.first in owned:
            self.drift(self.first)
        return self.numbered(request, versions, _package)

    def versions(self, repository: str) -> list[str]:
        """Return rows for the tags of an image, and untagged rows for the images of an index."""
        images = self.content[repository]
        return [*images, *(image.digest for image in images.values())]

    def numbered(self, request: Request, rows: list[T], shown: Callable[[T], Row]) -> Reply:
        number = 1 if Fault.ENDLESS in self.faults else int(request.query["page"][0])
        size = min(self.rows_most, int(request.query["limit"][0]))
        if Fault.PAGE_SIZE_REFUSED in self.faults:  # the page size is capped
            size = 10
        if Fault.SHORT_PAGES in self.faults:
            size = 1
        total = len(rows) if self.total_told is None else self.total_told
        headers = {"X-Total-Count": str(total)} if self.tells_total else {}
        if self.tells_next and number * size < len(rows):
            target = f"{self.server.url}{request.path}?limit={size}&page={number + 1}"
            headers["Link"] = f'<{target}>; rel="next",<{target}0>; rel="last"'
        page = rows[(number - 1) * size : number * size]
        return answer_json([shown(row) for row in page], headers=headers)

    def api_refusal(self, request: Request, scope: str) -> Reply | None:
        if self.is_public and scope == "read:package" and request.authorization is None:
            return None
        if not self.is_login(request):
            echoed = f" {request.authorization}" if Fault.ECHO in self.faults else ""
            return self.said(401, f"user does not exist{echoed}")
        if scope not in self.scopes or Fault.CATALOG_DENIED in self.faults:
            return self.said(
                403, f"token does not have at least one of required scope(s): [{scope}]"
            )
        return None

    def said(self, status: int, message: str) -> Reply:
        return answer_json(
            {"message": message, "url": f"{self.server.url}/api/swagger"}, status, {}
        )

    # The registry.

    def token_answer(self, whose: str) -> Reply:
        self.tokens += 1
        document: dict[str, object] = {"token": f"registry-token-of-{whose}-{self.tokens}"}
        if Fault.EXPIRED_LOGIN in self.faults:
            document["expires_in"] = 0
        return answer_json(document, headers={})

    def registry_refusal(self, request: Request) -> Reply | None:
        kind, _, token = (request.authorization or "").partition(" ")
        whose = ("somebody", "nobody") if self.is_public else ("somebody",)
        is_known = kind == "Bearer" and token.rpartition("-")[0].endswith(whose)
        if is_known and request.path != "/v2/" and self.take(Fault.EXPIRED_LOGIN):
            is_known = False
        return None if is_known else self.challenge(request)

    def challenge(self, request: Request, error: str = "") -> Reply:
        """Return both challenges in one header, as observed at Codeberg."""
        return unauthorized(
            f'Bearer realm="{self.server.url}/v2/token",service="container_registry",scope="*",'
            'Basic realm="Gitea Container Registry"'
        )


def _organisation(name: str) -> Row:
    return {"id": 3, "name": name, "username": name}


def _package(place: tuple[str, str]) -> Row:
    repository, version = place
    return {
        "id": 12,
        "owner": {"login": name_of(repository, 0).title()},
        "type": "container",
        "name": name_of(repository, 1),
        "version": version,
        "created_at": "2026-03-02T10:00:00Z",
    }


def name_of(repository: str, part: int) -> str:
    owner, _, name = repository.partition("/")
    return (owner, name)[part]
