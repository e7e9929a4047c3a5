"""Determine what a tag points to, from the response headers or the manifest itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from requests import Response

from registries.errors import MalformedResponse, ResponseTooLarge
from registries.oci.json_object import json_object, plain_body
from registries.oci.media_types import MANIFESTS, media_type
from registries.oci.reference import is_digest

# distribution-spec: registries accept manifests up to this size, and may refuse larger ones.
MAX_BYTES = 4 * 1024 * 1024

DIGEST_HEADER = "Docker-Content-Digest"


@dataclass(frozen=True, slots=True)
class Manifest:
    digest: str
    media_type: str


def manifest_from_head(response: Response, checksum_header: str = "") -> Manifest | None:
    """Return the manifest's data, or None where the registry sends no valid digest.

    ``checksum_header``: see ``Quirks``.
    """
    headers = response.headers
    digest = headers.get(DIGEST_HEADER)
    if not is_digest(digest) and checksum_header:
        digest = f"sha256:{headers.get(checksum_header, '').lower()}"
    if not is_digest(digest):
        return None
    return Manifest(str(digest), media_type(headers.get("Content-Type", "")))


def manifest_from_body(response: Response, what: str) -> Manifest:
    body = plain_body(response, what)
    if len(body) > MAX_BYTES:
        raise ResponseTooLarge(f"The manifest at {what} is larger than {MAX_BYTES} bytes")
    return Manifest(_digest(body, response, what), _checked_media_type(response, what))


def _digest(body: bytes, response: Response, what: str) -> str:
    named = response.headers.get(DIGEST_HEADER, "")
    if not is_digest(named) and not _is_framed(response):
        raise MalformedResponse(f"Malformed response on {what}: its content may be incomplete")
    algorithm = named.partition(":")[0] if is_digest(named) else "sha256"
    computed = f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"
    if is_digest(named) and named != computed:
        raise MalformedResponse(
            f"Malformed response on {what}: its digest does not match its content"
        )
    return computed


def _is_framed(response: Response) -> bool:
    """Return whether the transport would notice a truncated body."""
    coding = response.headers.get("Transfer-Encoding", "")
    return "Content-Length" in response.headers or "chunked" in coding.lower()


def _checked_media_type(response: Response, what: str) -> str:
    """Return the media type. Refuse ambiguous manifests (CVE-2021-41190), and web pages."""
    document = json_object(response, what)
    if document.get("schemaVersion") != 2:
        raise MalformedResponse(f"Malformed response on {what}: not a schema 2 manifest")
    if "manifests" in document and ("layers" in document or "config" in document):
        raise MalformedResponse(f"Malformed response on {what}: both an index and an image")
    sent = media_type(response.headers.get("Content-Type", ""))
    written = document.get("mediaType", sent)
    if sent in MANIFESTS and written != sent:
        raise MalformedResponse(f"Malformed response on {what}: two media types for one manifest")
    return media_type(written) if isinstance(written, str) else sent
