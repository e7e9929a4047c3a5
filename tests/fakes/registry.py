"""A small registry that answers well, until a test replaces one of its routes."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from tests.fakes.http_server import FakeServer, Reply, Request
from tests.fakes.replies import REGISTRY, answer, answer_json

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def serve_repositories(server: FakeServer, names: Iterable[str], tags: Iterable[str]) -> None:
    """Every repository with every tag; digests count up from 1."""
    names, tags = list(names), list(tags)
    server.routes["/v2/"] = answer_json({})
    server.routes["/v2/_catalog"] = answer_json({"repositories": names})
    number = 0
    for name in names:
        server.routes[f"/v2/{name}/tags/list"] = answer_json({"name": name, "tags": tags})
        for tag in tags:
            number += 1
            server.routes[f"/v2/{name}/manifests/{tag}"] = manifest(digest(number))


def manifest(content_digest: str) -> Reply:
    headers = {**REGISTRY, "Content-Type": MANIFEST, "Docker-Content-Digest": content_digest}
    return answer(200, b"{}", headers)


def paged_catalog(pages: list[list[str]]) -> Reply:
    """Page after page, each with a link to the next."""

    def reply(connection: socket.socket, request: Request) -> bool | None:
        number = int(request.query.get("page", ["0"])[0])
        link = {}
        if number + 1 < len(pages):
            link = {"Link": f'</v2/_catalog?page={number + 1}>; rel="next"'}
        page = answer_json({"repositories": pages[number]}, headers={**REGISTRY, **link})
        return page(connection, request)

    return reply
