"""Examples of inventory rows for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

_DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_OLD_DIGEST = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"


def _example(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True)


_REPOSITORY = {
    "id": 812,
    "registryId": 7,
    "registry": "production",
    "name": "team/app",
    "firstSeenAt": "2026-01-12T04:00:07Z",
    "removedAt": None,
}
REPOSITORY = _example("repository", _REPOSITORY)
REPOSITORY_WITH_COUNT = _example("repository", {**_REPOSITORY, "imageCount": 48})
IMAGE = _example(
    "image",
    {
        "id": 90311,
        "registryId": 7,
        "registry": "production",
        "provider": "distribution",
        "repositoryId": 812,
        "repository": "team/app",
        "tag": "v1.4.2",
        "digest": _DIGEST,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "kind": "image",
        "size": 48213377,
        "pushedAt": "2026-03-02T03:58:40Z",
        "platforms": ["linux/amd64", "linux/arm64"],
        "artifactType": "",
        "reference": "registry.example.com/team/app:v1.4.2",
        "firstSeenAt": "2026-01-12T04:00:07Z",
        "changedAt": "2026-03-02T04:00:11Z",
        "removedAt": None,
        "removedReason": None,
        "heldAt": None,
    },
)
EVENT = _example(
    "moved",
    {
        "id": 1472431,
        "at": "2026-03-02T04:00:11Z",
        "kind": "moved",
        "registryId": 7,
        "registry": "production",
        "repository": "team/app",
        "tag": "v1.4.2",
        "imageId": 90311,
        "oldDigest": _OLD_DIGEST,
        "newDigest": _DIGEST,
        "reason": None,
        "runId": 4711,
        "actor": "schedule",
    },
)
