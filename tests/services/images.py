"""Small images as documents of the OCI specification or of its Docker forerunner."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Literal, Protocol

Flavour = Literal["oci", "docker"]
_MEDIA_TYPES = {
    "oci": {
        "index": "application/vnd.oci.image.index.v1+json",
        "manifest": "application/vnd.oci.image.manifest.v1+json",
        "config": "application/vnd.oci.image.config.v1+json",
        "layer": "application/vnd.oci.image.layer.v1.tar+gzip",
    },
    "docker": {
        "index": "application/vnd.docker.distribution.manifest.list.v2+json",
        "manifest": "application/vnd.docker.distribution.manifest.v2+json",
        "config": "application/vnd.docker.container.image.v1+json",
        "layer": "application/vnd.docker.image.rootfs.diff.tar.gzip",
    },
}
PLATFORMS = ("linux/amd64", "linux/arm64")


class ImageStore(Protocol):
    def put_blob(self, repository: str, content: bytes) -> str: ...

    def put_manifest(
        self, repository: str, tag: str | None, content: bytes, media_type: str
    ) -> str: ...


class ImageBuilder:
    """Builds images whose digests follow from their seeds alone, and puts them into a store."""

    def __init__(self, store: ImageStore) -> None:
        self._store = store
        self._present: set[tuple[str, bytes]] = set()

    def push_image(
        self, repository: str, tag: str, seed: object, *, flavour: Flavour = "oci"
    ) -> str:
        """Push an image whose digest follows from the seed alone; return the digest."""
        manifest = self._push_content(repository, seed, "linux/amd64", flavour)
        return self.put_manifest(repository, tag, manifest)

    def push_index(
        self,
        repository: str,
        tag: str,
        platforms: Sequence[str] = PLATFORMS,
        seed: object = 0,
        *,
        flavour: Flavour = "oci",
    ) -> str:
        """Push an OCI index, or a Docker manifest list, and return its digest."""
        descriptors = []
        for platform in platforms:
            manifest = self._push_content(repository, seed, platform, flavour)
            system, architecture = platform.split("/", 1)
            descriptors.append(
                {
                    "mediaType": manifest["mediaType"],
                    "digest": self.put_manifest(repository, None, manifest),
                    "size": len(encode(manifest)),
                    "platform": {"os": system, "architecture": architecture},
                }
            )
        index = {
            "schemaVersion": 2,
            "mediaType": _MEDIA_TYPES[flavour]["index"],
            "manifests": descriptors,
        }
        return self.put_manifest(repository, tag, index)

    def forget(self, repository: str) -> None:
        """Push blobs anew: the repository is gone, and its links to them with it."""
        self._present = {link for link in self._present if link[0] != repository}

    def _push_content(
        self, repository: str, seed: object, platform: str, flavour: Flavour
    ) -> dict[str, object]:
        system, architecture = platform.split("/", 1)
        config: dict[str, object] = {"os": system, "architecture": architecture}
        manifest: dict[str, object] = {
            "schemaVersion": 2,
            "mediaType": _MEDIA_TYPES[flavour]["manifest"],
        }
        if flavour == "oci":
            # An annotation gives each image its digest while all share their blobs.
            manifest["annotations"] = {"org.opencontainers.image.revision": str(seed)}
        else:
            config["comment"] = str(seed)
        types = _MEDIA_TYPES[flavour]
        manifest["config"] = self._push_blob(repository, encode(config), types["config"])
        manifest["layers"] = [self._push_blob(repository, b"layer", types["layer"])]
        return manifest

    def _push_blob(self, repository: str, content: bytes, media_type: str) -> dict[str, object]:
        digest = digest_of(content)
        if (repository, digest) not in self._present:
            self.put_blob(repository, content)
            self._present.add((repository, digest))
        return {"mediaType": media_type, "digest": digest, "size": len(content)}


def encode(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
