"""What a tag stands for: an image, or something that belongs to one.

Tools that have no other place for them keep signatures and the like beside an image, under a
tag that is made of its digest. Sources: sigstore/cosign, specs/SIGNATURE_SPEC.md (".sig", ".att",
".sbom"); opencontainers/distribution-spec, "Referrers Tag Schema" (no ending).
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


_OF_A_DIGEST = re.compile(r"(sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})(\.sig|\.att|\.sbom|)")
_BY_ENDING = {
    ".sig": Kind.SIGNATURE,
    ".att": Kind.ATTESTATION,
    ".sbom": Kind.SBOM,
    "": Kind.REFERRERS,
}
ENDINGS = tuple(_BY_ENDING)


def kind_of(tag: str) -> Kind:
    match = _OF_A_DIGEST.fullmatch(tag)
    return _BY_ENDING[match[2]] if match else Kind.IMAGE


def subject_of(tag: str) -> str | None:
    """The digest of what the tag belongs to."""
    match = _OF_A_DIGEST.fullmatch(tag)
    return match[1].replace("-", ":") if match else None
