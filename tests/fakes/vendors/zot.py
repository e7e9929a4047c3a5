"""zot: the registry API, and a GraphQL query of its search extension."""

from __future__ import annotations

import re
from typing import ClassVar

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.registry import MANIFEST
from tests.fakes.replies import answer, answer_json
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES, RegistryAPI
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

_QUERY = re.compile(
    r'\{ImageList\(repo:"(?P<repo>[^"]*)",requestedPage:'
    r"\{limit:(?P<limit>\d+),offset:(?P<offset>\d+),sortBy:ALPHABETIC_ASC\}\)"
    r"\{Page\{TotalCount\} Results\{(?P<fields>.*)\}\}\}"
)
_FIELDS = frozenset(
    re.findall(
        r"\w+",
        "RepoName Tag Digest MediaType Size PushTimestamp TaggedTimestamp LastUpdated "
        "Manifests ArtifactType Platform Os Arch",
    )
)

Row = dict[str, object]


class Zot(RegistryAPI):
    slug = "zot"
    routes = (("GET", r"/v2/_zot/ext/search", "search"), *REGISTRY_ROUTES)
    without: ClassVar = {
        Fault.EXPIRED_LOGIN: "Basic logins have no tokens",
        Fault.PAGE_SIZE_REFUSED: "zot knows no largest page",
    }

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.knows = _FIELDS
        # The response of the extension to every query, if set.
        self.search_answer: Reply | None = None
        # Tags of the registry that are not in the search index.
        self.unsearched: set[tuple[str, str]] = set()
        self.extra: Row = {}
        # The total that the extension reports, if it is not the true one.
        self.total_told: int | None = None

    def search(self, request: Request) -> Reply:
        if refusal := self.registry_refusal(request):
            return refusal
        if self.search_answer is not None:
            return self.search_answer
        asked = _QUERY.fullmatch(request.query["query"][0].replace("{ ", "{"))
        assert asked is not None, request.query["query"]
        fields = re.findall(r"\w+", asked["fields"])
        for field in fields:
            if field not in self.knows:
                said = f'Cannot query field "{field}" on type "ImageSummary".'
                return answer_json({"errors": [{"message": said}], "data": None}, 422, {})
        rows = self.rows(asked["repo"])
        if asked["repo"]:
            self.drift(asked["repo"])
        elif FIRST_REPOSITORY in self.content:
            self.drift(FIRST_REPOSITORY)
        offset = 0 if Fault.ENDLESS in self.faults else int(asked["offset"])
        size = 1 if Fault.SHORT_PAGES in self.faults else int(asked["limit"])
        total = len(rows) if self.total_told is None else self.total_told
        shown = [
            {field: value for field, value in row.items() if field in fields}
            for row in rows[offset : offset + size]
        ]
        found = {"Page": {"TotalCount": total}, "Results": shown}
        return answer_json({"data": {"ImageList": found}}, headers={})

    def rows(self, repository: str) -> list[Row]:
        return [
            self.row(name, tag, self.content[name][tag])
            for name in sorted(self.content)
            if repository in ("", name) and not self.is_hidden(name)
            for tag in sorted(self.content[name])
            if (name, tag) not in self.unsearched
        ]

    def is_hidden(self, name: str) -> bool:
        """Return whether the repository is omitted because the credentials may not read it."""
        away = {Fault.REPOSITORY_DENIED, Fault.RENAMED} & self.faults
        return name == FIRST_REPOSITORY and bool(away)

    def row(self, repository: str, tag: str, image: Image) -> Row:
        return {
            "RepoName": repository,
            "Tag": tag,
            "Digest": image.digest,
            "MediaType": MANIFEST,
            "Size": str(image.size),
            "PushTimestamp": "2026-03-01T10:00:00.123456789Z",
            "TaggedTimestamp": "2026-03-02T10:00:00.123456789Z",
            "Manifests": [
                {
                    "ArtifactType": "application/vnd.oci.image.config.v1+json",
                    "Platform": {"Os": "linux", "Arch": "amd64"},
                }
            ],
            **self.extra,
        }

    def throttled(self, request: Request) -> Reply:
        return answer(429, b"Too Many Requests", {"Content-Type": "text/plain"})
