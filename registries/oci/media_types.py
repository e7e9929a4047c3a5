"""The media types of manifests to accept.

Without this list a registry may hide an OCI index behind a 404, or return the digest of one
platform's image instead of the index's.
"""

from __future__ import annotations

import re

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

MANIFESTS = (OCI_INDEX, OCI_MANIFEST, DOCKER_MANIFEST_LIST, DOCKER_MANIFEST)
# Kinds that are no longer made but still exist: a registry may deny having what is not accepted.
SCHEMA_1 = (
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/vnd.docker.distribution.manifest.v1+json",
)
_OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"
ACCEPT_MANIFESTS = ", ".join((*MANIFESTS, _OCI_ARTIFACT, *SCHEMA_1))
ACCEPT_JSON = "application/json"

# Media types in use are half as long; longer ones are not stored.
MEDIA_TYPE_MAX_LENGTH = 100

# RFC 6838, section 4.2.
_NAME = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(rf"{_NAME}/{_NAME}")


def media_type(content_type: str) -> str:
    """Return a ``Content-Type`` without its parameters, or "" if it is invalid or too long."""
    bare = content_type.partition(";")[0].strip().lower()
    is_one = len(bare) <= MEDIA_TYPE_MAX_LENGTH and _MEDIA_TYPE.fullmatch(bare)
    return bare if is_one else ""
