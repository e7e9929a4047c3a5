"""Quay: its API, which never rejects a token, and its registry, which does."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.replies import answer_json, oci_error
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES
from tests.fakes.vendors.token_registry import TokenRegistry
from tests.fakes.vendors.vendor import FIRST_REPOSITORY


class Quay(TokenRegistry):
    slug = "quay"
    routes = (
        ("GET", r"/api/v1/user/", "user"),
        ("GET", r"/api/v1/repository", "repositories"),
        ("GET", r"/api/v1/repository/(.+)/tag/", "tags"),
        ("GET", r"/v2/auth", "token"),
        *REGISTRY_ROUTES,
    )
    without: ClassVar = {
        Fault.PAGE_SIZE_REFUSED: "A page size that is too large is cut to what is allowed",
        Fault.EXPIRED_LOGIN: "An OAuth token is not renewed: an expired one is a wrong one",
    }
    username = "$oauthtoken"
    token_path = "/v2/auth"
    service = "127.0.0.1"

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.public: set[str] = set()
        self.dead_tags: dict[str, list[str]] = {}
        self.kinds: dict[str, str] = {}

    def user(self, request: Request) -> Reply:
        if not self.is_known(request) or Fault.CATALOG_DENIED in self.faults:
            return self.refusal(401, "invalid_token", "Requires authentication")
        organisations = [{"name": "team", "is_org_admin": False}]
        return answer_json({"username": "reader", "organizations": organisations})

    def repositories(self, request: Request) -> Reply:
        query = request.query
        if "namespace" not in query:
            said = "namespace, starred or public are required for this API call"
            return self.refusal(400, "invalid_request", said)
        shown = self.public if "public" in query else set()
        if self.is_known(request):
            shown = shown | set(self.content)
        names = [name.partition("/") for name in self.content if name in shown]
        rows: list[dict[str, object]] = [
            {"namespace": owner, "name": name, "kind": self.kinds.get(name, "image")}
            for owner, _, name in names
            if owner == query["namespace"][0]
        ]
        # An invalid cursor is ignored, and the first page is returned.
        lost = "next_page" in query and self.take(Fault.LOST_CURSOR)
        sealed = "" if lost else query.get("next_page", [""])[0]
        first = int(sealed.removeprefix("sealed-") or 0)
        following = first + (1 if Fault.SHORT_PAGES in self.faults else 100)
        document: dict[str, object] = {"repositories": rows[first:following]}
        if Fault.ENDLESS in self.faults:
            document["next_page"] = "sealed-0"
        elif following < len(rows):
            document["next_page"] = f"sealed-{following}"
        return answer_json(document)

    def tags(self, request: Request, repository: str) -> Reply:
        if refusal := self.unlisted(request, repository):
            return refusal
        rows: list[dict[str, object]] = [
            {
                "name": tag,
                "reversion": False,
                "start_ts": 1_772_445_600,
                "last_modified": "Mon, 02 Mar 2026 10:00:00 -0000",
                "manifest_digest": image.digest,
                "is_manifest_list": False,
                "size": image.size,
            }
            for tag, image in self.content[repository].items()
        ]
        if "onlyActiveTags" not in request.query:
            rows += [
                {"name": tag, "end_ts": 1, "manifest_digest": f"sha256:{'e' * 64}"}
                for tag in self.dead_tags.get(repository, [])
            ]
        self.drift(repository)
        number = int(request.query["page"][0])
        size = min(100, int(request.query["limit"][0]))
        size = 1 if Fault.SHORT_PAGES in self.faults else size
        if Fault.ENDLESS in self.faults:
            number = 1
        shown = rows[(number - 1) * size : number * size]
        more = number * size < len(rows) or Fault.ENDLESS in self.faults
        return answer_json({"tags": shown, "page": number, "has_additional": more})

    def unlisted(self, request: Request, repository: str) -> Reply | None:
        if repository == FIRST_REPOSITORY and Fault.REPOSITORY_DENIED in self.faults:
            return self.refusal(403, "insufficient_scope", "Unauthorized")
        is_renamed = repository == FIRST_REPOSITORY and Fault.RENAMED in self.faults
        if is_renamed or repository not in self.content:
            return self.refusal(404, "not_found", "Not Found")
        if not self.is_shown(repository, request):
            return self.refusal(401, "invalid_token", "Requires authentication")
        return None

    def is_known(self, request: Request) -> bool:
        is_right = request.authorization == f"Bearer {self.secret}"
        return is_right and Fault.WRONG_LOGIN not in self.faults

    def is_shown(self, repository: str, request: Request) -> bool:
        return repository in self.public or self.is_known(request)

    def refusal(self, status: int, kind: str, said: str) -> Reply:
        document = {
            "detail": said,
            "error_message": said,
            "error_type": kind,
            "title": kind,
            "type": f"{self.server.url}/api/v1/error/{kind}",
            "status": status,
        }
        return answer_json(document, status, {})

    def token(self, request: Request) -> Reply:
        scopes = request.query.get("scope", [])
        if unknown := [scope for scope in scopes if not scope.startswith("repository:")]:
            said = f"Unable to decode repository and actions: {unknown[0]}"
            return oci_error(400, "INVALID_REQUEST", said)
        if request.authorization is None and not scopes:
            return oci_error(401, "UNAUTHORIZED", "access to the requested resource is denied")
        return super().token(request)

    def token_answer(self, whose: str) -> Reply:
        return answer_json({"token": f"registry-token-of-{whose}"}, headers={})

    def is_private(self, name: str) -> bool:
        return name not in self.public

    def _page(self, request: Request, key: str, names: list[str]) -> Reply:
        cut = re.sub(r"\bn=\d+", "n=100", request.target)
        return super()._page(replace(request, target=cut), key, names)
