"""Pushes small images over the distribution protocol, with no line of HarborGuard's client."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from typing import Literal
from urllib.parse import urljoin

import requests
from requests.auth import AuthBase

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


class ImagePusher:
    def __init__(
        self,
        url: str,
        auth: AuthBase | tuple[str, str] | None = None,
        ca_file: str | None = None,
    ) -> None:
        self._url = url
        self._auth = auth
        self._ca_file = ca_file
        self._threads = threading.local()
        self._present: set[tuple[str, str]] = set()

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

    def delete_manifest(self, repository: str, digest: str) -> None:
        """Ask the registry to delete a manifest, and with it every tag that names it."""
        self._request("DELETE", f"/v2/{repository}/manifests/{digest}")

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

    def put_blob(self, repository: str, content: bytes) -> None:
        location = self._request("POST", f"/v2/{repository}/blobs/uploads/")
        separator = "&" if "?" in location else "?"
        self._request("PUT", f"{location}{separator}digest={digest_of(content)}", content)

    def put_manifest(self, repository: str, tag: str | None, manifest: dict[str, object]) -> str:
        content = encode(manifest)
        digest = digest_of(content)
        path = f"/v2/{repository}/manifests/{tag or digest}"
        self._request("PUT", path, content, str(manifest["mediaType"]))
        return digest

    def _request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        media_type: str = "application/octet-stream",
    ) -> str:
        response = self._session().request(
            method,
            urljoin(self._url, path),
            data=content,
            headers={"Content-Type": media_type},
            timeout=30,
        )
        if not response.ok:
            raise PushFailed(f"{method} {path}: {response.status_code} {response.text}")
        return response.headers.get("Location", "")

    def _session(self) -> requests.Session:
        if not hasattr(self._threads, "session"):
            session = requests.Session()
            session.trust_env = False
            session.auth = self._auth
            session.verify = self._ca_file or True
            self._threads.session = session
        session = self._threads.session
        assert isinstance(session, requests.Session)
        return session


class PushFailed(Exception):
    pass


def encode(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
