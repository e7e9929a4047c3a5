from __future__ import annotations

import hashlib
from urllib.parse import urljoin

import requests
from requests.auth import AuthBase


class RegistryApi:
    """Pushes over the distribution protocol, with no line of HarborGuard's own client."""

    def __init__(
        self, url: str, auth: AuthBase | tuple[str, str] | None, ca_file: str | None
    ) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = auth
        self._session.verify = ca_file or True

    def put_blob(self, repository: str, content: bytes) -> str:
        digest = _digest(content)
        location = self._request("POST", f"/v2/{repository}/blobs/uploads/")
        separator = "&" if "?" in location else "?"
        self._request("PUT", f"{location}{separator}digest={digest}", content)
        return digest

    def put_manifest(
        self, repository: str, tag: str | None, content: bytes, media_type: str
    ) -> str:
        digest = _digest(content)
        self._request("PUT", f"/v2/{repository}/manifests/{tag or digest}", content, media_type)
        return digest

    def delete_manifest(self, repository: str, digest: str) -> None:
        """Ask the registry to delete a manifest, and with it every tag that names it."""
        self._request("DELETE", f"/v2/{repository}/manifests/{digest}")

    def _request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        media_type: str = "application/octet-stream",
    ) -> str:
        response = self._session.request(
            method,
            urljoin(self._url, path),
            data=content,
            headers={"Content-Type": media_type},
            timeout=30,
        )
        if not response.ok:
            raise PushFailed(f"{method} {path}: {response.status_code} {response.text}")
        return response.headers.get("Location", "")


class PushFailed(Exception):
    pass


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
