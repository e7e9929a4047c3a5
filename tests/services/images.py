"""Small images as documents of the OCI specification, or of its Docker forerunner."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    """Both methods answer with the digest of the content."""

    def put_blob(self, repository: str, content: bytes) -> str: ...

    def put_manifest(
        self, repository: str, tag: str | None, content: bytes, media_type: str
    ) -> str: ...


@dataclass(frozen=True)
class ImageBuilder:
    """Puts images into a store; an image's digest follows from its seed alone."""

    store: ImageStore

    def push_image(
        self, repository: str, tag: str | None, seed: object, *, flavour: Flavour = "oci"
    ) -> str:
        descriptor = self._push_manifest(repository, tag, seed, "linux/amd64", flavour)
        return str(descriptor["digest"])

    def push_index(
        self,
        repository: str,
        tag: str,
        platforms: Sequence[str] = PLATFORMS,
        seed: object = 0,
        *,
        flavour: Flavour = "oci",
    ) -> str:
        """Push an OCI index, or a Docker manifest list, with one manifest for each platform."""
        manifests = []
        for platform in platforms:
            descriptor = self._push_manifest(repository, None, seed, platform, flavour)
            manifests.append({**descriptor, "platform": _platform(platform)})
        media_type = _MEDIA_TYPES[flavour]["index"]
        index = {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}
        return self.store.put_manifest(repository, tag, _encode(index), media_type)

    def fill(self, repositories: Iterable[str], tags: Sequence[str]) -> None:
        """Give every repository every tag; each third is an index, and all digests differ."""
        for repository in repositories:
            for number, tag in enumerate(tags):
                push = self.push_index if number % 3 == 2 else self.push_image
                push(repository, tag, seed=f"{repository}:{tag}")

    def _push_manifest(
        self, repository: str, tag: str | None, seed: object, platform: str, flavour: Flavour
    ) -> dict[str, object]:
        types = _MEDIA_TYPES[flavour]
        config: dict[str, object] = {**_platform(platform)}
        annotations: dict[str, object] = {}
        if flavour == "oci":
            # All images of a repository share their blobs: thousands are quickly made.
            annotations = {"annotations": {"org.opencontainers.image.revision": str(seed)}}
        else:
            config["comment"] = str(seed)
        manifest = {
            "schemaVersion": 2,
            "mediaType": types["manifest"],
            "config": self._push_blob(repository, _encode(config), types["config"]),
            "layers": [self._push_blob(repository, b"layer", types["layer"])],
            **annotations,
        }
        content = _encode(manifest)
        digest = self.store.put_manifest(repository, tag, content, types["manifest"])
        return {"mediaType": types["manifest"], "digest": digest, "size": len(content)}

    def _push_blob(self, repository: str, content: bytes, media_type: str) -> dict[str, object]:
        digest = self.store.put_blob(repository, content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _platform(text: str) -> dict[str, str]:
    system, architecture = text.split("/", 1)
    return {"os": system, "architecture": architecture}


def _encode(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
