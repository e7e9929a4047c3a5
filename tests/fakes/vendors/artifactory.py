from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.replies import answer_json, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES, RegistryAPI
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

_QUERY = re.compile(r'items\.find\((\{.*\})\)\.include\(("[a-z0-9]+"(?:,"[a-z0-9]+")*)\)')
_OTHER = "e" * 64
_PUSHED = "2026-03-04T05:06:07.891Z"


class Artifactory(RegistryAPI):
    """A platform addressed by path: "team/app" is the image app of the repository key team.

    The image of each tag named v0 is an index. Its children are stored beside it, and its folder
    also contains the manifest of one of them.
    """

    slug = "artifactory"
    routes = (
        ("GET", r"/artifactory/api/repositories", "keys"),
        ("GET", r"/artifactory/api/docker/([^/]+)/v2/_catalog", "images"),
        ("POST", r"/artifactory/api/search/aql", "search"),
        *(route for route in REGISTRY_ROUTES if route[2] != "catalog"),
    )
    without: ClassVar = {Fault.EXPIRED_LOGIN: "identity tokens are not renewed by a reader"}

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.kinds: dict[str, str] = {"team": "LOCAL"}
        self.by_host = ""  # the key that the address belongs to
        self.is_token = False  # the secret is an access token
        self.index_comes_last = False
        self.base = ""  # the base path of the platform
        self.search_status = 200
        self.keys_status = 200
        self.is_cut_off: Callable[[str], bool] = lambda pattern: False

    def _chosen(self, request: Request) -> Reply:
        return super()._chosen(replace(request, target=request.target.removeprefix(self.base)))

    def keys(self, request: Request) -> Reply:
        if refusal := self.native_refusal(request):
            return refusal
        if self.keys_status != 200:
            return self.error(self.keys_status, "not for you")
        assert request.query == {"packageType": ["docker"]}
        return answer_json(
            [
                {"key": key, "type": kind, "url": "https://elsewhere", "packageType": "Docker"}
                for key, kind in self.kinds.items()
            ]
        )

    def images(self, request: Request, key: str) -> Reply:
        """Return a page whose links point to /v2/_catalog, without the key."""
        if refusal := self.native_refusal(request):
            return refusal
        if Fault.CATALOG_DENIED in self.faults:
            return self.error(403, "Forbidden")
        if key not in self.stores():
            return self.error(404, f"no repository {key}")
        wrong = Request(request.method, request.target.replace(self._base(key), ""), {})
        names = sorted(image for name in self.content if (image := self._image(key, name)))
        return self._page(wrong, "repositories", names)

    def search(self, request: Request) -> Reply:
        if refusal := self.native_refusal(request):
            return refusal
        if self.search_status != 200:
            return self.error(self.search_status, "This REST API is available only in Pro")
        assert request.headers["content-type"] == "text/plain"
        query = _QUERY.fullmatch(request.body.decode())
        assert query is not None, request.body
        assert len(request.body) < 6000
        fields = json.loads(f"[{query[2]}]")
        assert {"repo", "path", "name"} <= set(fields)
        wanted = json.loads(query[1])
        pattern = wanted["path"]["$match"]
        rows = [
            {field: row[field] for field in fields}
            for row in self.rows(wanted["repo"])
            if fnmatchcase(row["path"], pattern) and {"name": row["name"]} in wanted["$or"]
        ]
        for name in [*self.content]:
            if Fault.DRIFT in self.faults and fnmatchcase(f"{self._image('team', name)}/", pattern):
                self.drift(name)
        extent: dict[str, Any] = {"start_pos": 0, "end_pos": len(rows), "total": len(rows)}
        if self.is_cut_off(pattern):
            extent["notification"] = "AQL query reached the search hard limit, results are trimmed."
            rows = rows[:1]
        return answer_json({"results": rows, "range": extent}, headers={})

    def rows(self, key: str) -> list[dict[str, Any]]:
        found = []
        for name, tags in self.content.items():
            image = self._image(key, name)
            if not image or self.is_hidden(name):
                continue
            for tag, held in tags.items():
                found += self.files(key, image, tag, held)
            found.append(_file(key, f"{image}/_uploads", "manifest.json", _OTHER))
            found.append(_file(key, f".jfrog/{image}", "manifest.json", _OTHER))
        return found

    def files(self, key: str, image: str, tag: str, held: Image) -> list[dict[str, Any]]:
        digest = held.digest.removeprefix("sha256:")
        if tag != "v0":
            return [_file(key, f"{image}/{tag}", "manifest.json", digest)]
        both = [
            _file(key, f"{image}/{tag}", "list.manifest.json", digest),
            _file(key, f"{image}/{tag}", "manifest.json", _OTHER),
        ]
        return [
            *(reversed(both) if self.index_comes_last else both),
            _file(key, f"{image}/sha256:{_OTHER}", "manifest.json", _OTHER),
            _file(key, f"{image}/sha256__{_OTHER}", "manifest.json", _OTHER),
        ]

    def stores(self) -> set[str]:
        """Return the keys that store files."""
        return {f"{key}-cache" if kind == "REMOTE" else key for key, kind in self.kinds.items()}

    def is_hidden(self, name: str) -> bool:
        is_denied = Fault.REPOSITORY_DENIED in self.faults or Fault.RENAMED in self.faults
        return is_denied and name == FIRST_REPOSITORY

    def registry_refusal(self, request: Request) -> Reply | None:
        if self.is_token:
            is_right = request.authorization == f"Bearer {self.secret}"
            return None if is_right else unauthorized('Bearer realm="https://elsewhere/v2/token"')
        return super().registry_refusal(request)

    def native_refusal(self, request: Request) -> Reply | None:
        if self.registry_refusal(request) is None:
            return None
        said = request.authorization if Fault.ECHO in self.faults else ""
        return self.error(401, f"Bad credentials {said}")

    def error(self, status: int, message: str) -> Reply:
        return answer_json({"errors": [{"status": status, "message": message}]}, status, {})

    def throttled(self, request: Request) -> Reply:
        return answer_json(
            {"errors": [{"status": 429, "message": "Too many"}]}, 429, {"Retry-After": "0"}
        )

    def _base(self, key: str) -> str:
        return f"/artifactory/api/docker/{key}"

    def _image(self, key: str, name: str) -> str:
        """Empty where it does not lie under ``key``, which may be that of a cache."""
        if self.by_host:
            return name if key == self.by_host else ""
        owner, _, image = name.partition("/")
        stored = f"{owner}-cache" if self.kinds.get(owner) == "REMOTE" else owner
        return image if key == stored else ""


def _file(key: str, path: str, name: str, sha256: str) -> dict[str, Any]:
    return {
        "repo": key,
        "path": path,
        "name": name,
        "size": 1234,
        "sha256": sha256,
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-02T00:00:00.000Z",
        "updated": _PUSHED,
    }
