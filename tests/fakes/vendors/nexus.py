from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.replies import answer, answer_json
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES, RegistryAPI
from tests.fakes.vendors.vendor import Image

_CHILD = f"sha256:{'e' * 64}"
_INDEX = "application/vnd.oci.image.index.v1+json"

_Row = tuple[str, str]


class Nexus(RegistryAPI):
    """The connector of one hosted repository, and Nexus' own API on the same host.

    Each tag named v0 is an index with one child.
    """

    slug = "nexus"
    routes = (
        ("GET", r"/service/rest/v1/repositories", "repositories"),
        ("GET", r"/service/rest/v1/repositories/docker/group/([^/]+)", "group"),
        ("GET", r"/service/rest/v1/components", "components"),
        *REGISTRY_ROUTES,
    )
    without: ClassVar = {
        Fault.EXPIRED_LOGIN: "Basic logins have no tokens",
        Fault.PAGE_SIZE_REFUSED: "the server alone chooses the size of its pages",
        Fault.REPOSITORY_DENIED: "what may not be read is not listed, and the listing tells all",
        Fault.RENAMED: "tags come with the names: nothing is asked for again",
    }

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.kinds: dict[str, str] = {"docker-hosted": "hosted"}
        self.members: dict[str, list[str]] = {}
        # The content of repositories besides the first one's, which is ``content``.
        self.others: dict[str, dict[str, dict[str, Image]]] = {}
        self.status = 200
        self.page_rows = 10
        self.base = ""  # the path of Nexus on its host

    def _chosen(self, request: Request) -> Reply:
        return super()._chosen(replace(request, target=request.target.removeprefix(self.base)))

    def repositories(self, request: Request) -> Reply:
        return self.native_refusal(request) or answer_json(
            [
                {"name": name, "format": "docker", "type": kind, "url": "https://elsewhere"}
                for name, kind in self.kinds.items()
            ]
            + [{"name": "maven-central", "format": "maven2", "type": "proxy"}]
        )

    def group(self, request: Request, name: str) -> Reply:
        if refusal := self.native_refusal(request):
            return refusal
        if name not in self.members:
            return answer(403)
        return answer_json({"name": name, "group": {"memberNames": self.members[name]}})

    def components(self, request: Request) -> Reply:
        if refusal := self.native_refusal(request):
            return refusal
        if Fault.CATALOG_DENIED in self.faults:
            return answer(403)
        [repository] = request.query["repository"]
        digests = dict(self.rows(repository))
        rows = list(digests)
        token = request.query.get("continuationToken", [""])[0]
        if token and self.take(Fault.LOST_CURSOR):
            return answer(406)
        start = rows.index(_decoded(token)) + 1 if token else 0
        if Fault.ENDLESS in self.faults and token:
            start = 0
        size = 1 if Fault.SHORT_PAGES in self.faults else self.page_rows
        shown = rows[start : start + size]
        more = start + size < len(rows)
        if shown and self.content:
            self.drift(next(iter(self.content)))
        return answer_json(
            {
                "items": [_component(repository, *row, digests[row]) for row in shown],
                "continuationToken": _encoded(shown[-1]) if more else None,
            }
        )

    def rows(self, repository: str) -> Iterator[tuple[_Row, str]]:
        """Return the digest of each image and version."""
        first = next(iter(self.kinds))
        held = self.content if repository == first else self.others.get(repository, {})
        for name, tags in held.items():
            for tag, image in tags.items():
                yield (name, tag), image.digest
                if tag == "v0":
                    yield (name, _CHILD), _CHILD

    def native_refusal(self, request: Request) -> Reply | None:
        if self.status != 200:
            return answer(self.status)
        return answer(401) if self.registry_refusal(request) else None


def _encoded(row: _Row) -> str:
    return base64.b64encode(" ".join(row).encode()).decode()


def _decoded(token: str) -> _Row:
    name, _, version = base64.b64decode(token).decode().partition(" ")
    return name, version


def _component(repository: str, name: str, version: str, digest: str) -> dict[str, Any]:
    identity = f"{repository}:{name}:{version}".replace("/", "_")
    asset = {
        "id": f"asset-{identity}",
        "path": f"v2/{name}/manifests/{version}",
        "downloadUrl": f"https://elsewhere/repository/{repository}/v2/{name}/manifests/{version}",
        "checksum": {"sha1": "0" * 40, "sha256": digest.removeprefix("sha256:")},
        "contentType": _INDEX,
        "lastModified": "2026-03-04T05:06:07.891+00:00",
        "fileSize": 1234,
    }
    return {
        "id": identity,
        "repository": repository,
        "format": "docker",
        "group": None,
        "name": name,
        "version": version,
        "assets": [asset],
    }
