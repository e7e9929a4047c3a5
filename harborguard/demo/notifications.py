"""Webhook calls of a registry: CNCF Distribution's envelope of events.

https://distribution.github.io/distribution/about/notifications/
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from harborguard.demo.content import Change
from harborguard.demo.manifests import manifest_of

MEDIA_TYPE = "application/vnd.docker.distribution.events.v2+json"


def envelope(changes: Iterable[Change]) -> bytes:
    return json.dumps({"events": [_event(change) for change in changes]}).encode()


def _event(change: Change) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "timestamp": datetime.now(UTC).isoformat(),
        "action": "push" if change.build else "delete",
        "target": _target(change),
    }


def _target(change: Change) -> dict[str, Any]:
    named = {"repository": change.repository, "tag": change.tag}
    if not change.build:
        return named
    manifest = manifest_of(change.repository, change.build)
    size = len(manifest.body)
    return {**named, "mediaType": manifest.media_type, "digest": manifest.digest, "size": size}
