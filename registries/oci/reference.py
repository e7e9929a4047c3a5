"""Names in the grammar of the OCI specifications; nothing else is accepted.

Source: opencontainers/distribution-spec, "Pulling manifests" (name, tag) and
opencontainers/image-spec, descriptor.md (digest). Names come from untrusted registries: an invalid
one is never put into a URL and never stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")

REPOSITORY_MAX_LENGTH = 255
TAG_MAX_LENGTH = 128
DIGEST_MAX_LENGTH = 135


@dataclass(frozen=True, slots=True)
class Reference:
    """One tag of one repository."""

    repository: str
    tag: str


def is_repository(name: object) -> bool:
    return (
        isinstance(name, str)
        and len(name) <= REPOSITORY_MAX_LENGTH
        and _REPOSITORY.fullmatch(name) is not None
    )


def is_tag(name: object) -> bool:
    return isinstance(name, str) and _TAG.fullmatch(name) is not None


def is_digest(text: object) -> bool:
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None
