"""Kinds of tags: images, and the signatures, attestations and SBOMs that belong to them.

Tools store these under tags named after the digest of the image. Sources: sigstore/cosign,
specs/SIGNATURE_SPEC.md (".sig", ".att", ".sbom"); opencontainers/distribution-spec, "Referrers
Tag Schema" (no ending).
"""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    IMAGE = "image"
    SIGNATURE = "signature"
    ATTESTATION = "attestation"
    SBOM = "sbom"
    REFERRERS = "referrers"


_DIGEST_TAG = re.compile(r"(sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})(\.sig|\.att|\.sbom|)")
_BY_ENDING = {
    ".sig": Kind.SIGNATURE,
    ".att": Kind.ATTESTATION,
    ".sbom": Kind.SBOM,
    "": Kind.REFERRERS,
}
ENDINGS = tuple(_BY_ENDING)


def kind_of(tag: str) -> Kind:
    match = _DIGEST_TAG.fullmatch(tag)
    return _BY_ENDING[match[2]] if match else Kind.IMAGE


def subject_of(tag: str) -> str | None:
    """Return the digest that the tag is named after, or None for an image."""
    match = _DIGEST_TAG.fullmatch(tag)
    return match[1].replace("-", ":") if match else None
