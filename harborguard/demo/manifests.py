"""Manifests as registries store them: real JSON, and its digest.

The content depends only on the repository and the build, so that the same build has the same digest
in every registry it is copied to.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from registries.oci.media_types import OCI_INDEX, OCI_MANIFEST

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_PLATFORMS = (("linux", "amd64"), ("linux", "arm64"))
_LARGEST_LAYER = 90_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest. ``parts`` are the manifests that an index refers to."""

    media_type: str
    body: bytes
    parts: tuple[Manifest, ...] = ()

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"


@lru_cache(maxsize=20_000)
def manifest_of(repository: str, build: str) -> Manifest:
    """Return a manifest, or an index of two platforms for repositories that build for more than
    one."""
    if _number(repository) % 3:
        return _image(repository, build, "amd64")
    parts = tuple(_image(repository, build, machine) for _, machine in _PLATFORMS)
    entries = [
        {**_descriptor(part), "platform": {"os": system, "architecture": machine}}
        for part, (system, machine) in zip(parts, _PLATFORMS, strict=True)
    ]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    return Manifest(OCI_INDEX, _written(document), parts)


def _image(repository: str, build: str, machine: str) -> Manifest:
    layers = [f"{repository} base", f"{repository} {build} {machine}"]
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _blob(_CONFIG, f"{repository} {build} {machine} configuration", 7_000),
        "layers": [_blob(_LAYER, layer, _LARGEST_LAYER) for layer in layers],
    }
    return Manifest(OCI_MANIFEST, _written(document))


def _blob(media_type: str, content: str, largest: int) -> dict[str, Any]:
    digest = hashlib.sha256(content.encode()).hexdigest()
    size = 1_000 + _number(content) % largest
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}


def _descriptor(part: Manifest) -> dict[str, Any]:
    return {"mediaType": part.media_type, "digest": part.digest, "size": len(part.body)}


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def _written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
