"""Harbor: its API with Basic authentication, and its registry with a token server."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import unquote

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.registry import MANIFEST
from tests.fakes.replies import answer_json, oci_error, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES
from tests.fakes.vendors.token_registry import TokenRegistry
from tests.fakes.vendors.vendor import FIRST_REPOSITORY

IMAGE_CONFIG = "application/vnd.docker.container.image.v1+json"
_PROJECT = r"/api/v2\.0/projects/([^/]+)"
_ARTIFACTS = rf"{_PROJECT}/repositories/([^/]+)/artifacts"


class Harbor(TokenRegistry):
    slug = "harbor"
    routes = (
        ("GET", r"/api/v2\.0/repositories", "all_repositories"),
        ("GET", rf"{_PROJECT}/repositories", "repositories_of"),
        ("GET", _ARTIFACTS, "artifacts"),
        ("GET", rf"{_ARTIFACTS}/([^/]+)", "artifact"),
        ("GET", r"/service/token", "token"),
        *REGISTRY_ROUTES,
    )
    without: ClassVar = {
        Fault.EXPIRED_LOGIN: "Basic credentials do not expire during a run",
        Fault.LOST_CURSOR: "Pages are numbered, and one after the last is empty",
    }
    username = "robot$reader"
    token_path = "/service/token"
    service = "harbor-registry"

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.has_links = True
        self.has_api = True
        # Members of artifacts by digest, which replace or extend the default ones.
        self.artifact_members: dict[str, dict[str, Any]] = {}
        self.policy_hides: set[str] = set()

    def all_repositories(self, request: Request) -> Reply:
        if Fault.CATALOG_DENIED in self.faults:
            return oci_error(403, "FORBIDDEN")
        return self.api_refusal(request) or self._repositories(request, sorted(self.content))

    def repositories_of(self, request: Request, project: str) -> Reply:
        if Fault.CATALOG_DENIED in self.faults:
            return oci_error(403, "FORBIDDEN")
        names = [name for name in sorted(self.content) if name.startswith(f"{project}/")]
        refusal = self.api_refusal(request)
        if refusal is None and not names:
            return oci_error(403, "FORBIDDEN")
        return refusal or self._repositories(request, names)

    def _repositories(self, request: Request, names: list[str]) -> Reply:
        """Return repositories, the newest first unless sorted by name."""
        ordered = names if request.query.get("sort") == ["name"] else names[::-1]
        return self._numbered(
            request,
            [
                {
                    "id": number,
                    "name": name,
                    "project_id": 1,
                    "artifact_count": len(self.content[name]),
                    "creation_time": "2026-03-01T10:00:00.000Z",
                    "update_time": "2026-03-02T10:00:00.000Z",
                }
                for number, name in enumerate(ordered, 1)
            ],
        )

    def artifacts(self, request: Request, project: str, name: str) -> Reply:
        repository = f"{project}/{unquote(unquote(name))}"
        if refusal := self.api_refusal(request, repository):
            return refusal
        if request.query.get("with_tag") != ["true"]:
            return self._numbered(request, [])
        rows = self._artifacts_of(repository)
        if request.query.get("sort") != ["id"]:
            rows.reverse()
        reply = self._numbered(request, rows)
        self.drift(repository)
        return reply

    def artifact(self, request: Request, project: str, name: str, reference: str) -> Reply:
        repository = f"{project}/{unquote(unquote(name))}"
        if refusal := self.api_refusal(request, repository):
            return refusal
        for row in self._artifacts_of(repository):
            if any(tag["name"] == unquote(reference) for tag in row["tags"]):
                return answer_json(row, headers={})
        return oci_error(404, "NOT_FOUND", f"artifact {repository}:{reference} not found")

    def manifest(self, request: Request, name: str, tag: str) -> Reply:
        if name in self.policy_hides:
            return oci_error(412, "PROJECTPOLICYVIOLATION", "vulnerabilities of severity High")
        return super().manifest(request, name, tag)

    def api_refusal(self, request: Request, repository: str = "") -> Reply | None:
        if not self.has_api:
            return oci_error(404, "UNKNOWN", "this proxy only forwards /v2/")
        if not self.is_login(request):
            return self._unauthorized(request)
        if repository == FIRST_REPOSITORY and Fault.REPOSITORY_DENIED in self.faults:
            return oci_error(403, "FORBIDDEN", "forbidden")
        if not repository:
            return None
        is_renamed = repository == FIRST_REPOSITORY and Fault.RENAMED in self.faults
        if is_renamed or repository not in self.content:
            return oci_error(404, "NOT_FOUND", f"repository {repository} not found")
        return None

    def repository_refusal(self, name: str) -> Reply | None:
        is_renamed = name == FIRST_REPOSITORY and Fault.RENAMED in self.faults
        if is_renamed or name not in self.content:
            return oci_error(404, "NOT_FOUND", f"repository {name} not found")
        return super().repository_refusal(name)

    def throttled(self, request: Request) -> Reply:
        return oci_error(429, "TOO_MANY_REQUEST")

    def _unauthorized(self, request: Request) -> Reply:
        if Fault.ECHO in self.faults:
            said = f"you sent {request.authorization} {self.secret}"
            return oci_error(401, "UNAUTHORIZED", said)
        return unauthorized('Basic realm="harbor"')

    def _artifacts_of(self, repository: str) -> list[dict[str, Any]]:
        tags_of: dict[str, list[str]] = {}
        for tag, image in self.content[repository].items():
            tags_of.setdefault(image.digest, []).append(tag)
        sizes = {image.digest: image.size for image in self.content[repository].values()}
        return [
            {
                "id": number,
                "type": "IMAGE",
                "digest": digest,
                "size": sizes[digest],
                "media_type": IMAGE_CONFIG,
                "manifest_media_type": MANIFEST,
                "artifact_type": IMAGE_CONFIG,
                "push_time": "2026-03-02T10:00:00.000Z",
                "pull_time": "0001-01-01T00:00:00.000Z",
                "references": None,
                "extra_attrs": {"architecture": "amd64", "os": "linux", "config": {}},
                "tags": [
                    {"id": number, "name": tag, "push_time": "2026-03-02T10:00:01.123Z"}
                    for tag in tags
                ],
                **self.artifact_members.get(digest, {}),
            }
            for number, (digest, tags) in enumerate(tags_of.items(), 1)
        ]

    def _numbered(self, request: Request, rows: list[dict[str, Any]]) -> Reply:
        number = int(request.query["page"][0])
        asked = int(request.query.get("page_size", ["10"])[0])
        if asked > (50 if Fault.PAGE_SIZE_REFUSED in self.faults else 100):
            said = "page_size in query should be less than or equal to 100"
            return oci_error(422, "UNPROCESSABLE_ENTITY", said)
        if Fault.ENDLESS in self.faults:
            number = 1
        size = 1 if Fault.SHORT_PAGES in self.faults else asked
        headers = {"X-Total-Count": str(len(rows))}
        if (number * size < len(rows) or Fault.ENDLESS in self.faults) and self.has_links:
            path = request.target.partition("?")[0]
            headers["Link"] = f'<{path}?page={number + 1}&page_size={asked}> ; rel="next"'
        page = rows[(number - 1) * size : number * size]
        return answer_json(page, headers=headers)
