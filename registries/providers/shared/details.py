"""Details of an image that a listing includes at no extra cost, besides its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from registries.oci.media_types import media_type

MAX_PLATFORMS = 32
_MAX_PLATFORM_LENGTH = 60
_MAX_SIZE = 2**62


@dataclass(frozen=True, slots=True)
class Details:
    """Details of an image. Unknown ones are None or empty.

    ``size`` is in bytes, as the product counts it; ``platforms`` are sorted, such as
    "linux/arm64/v8"; ``artifact_type`` is a media type.
    """

    size: int | None = None
    pushed_at: datetime | None = None
    platforms: tuple[str, ...] = ()
    artifact_type: str = ""

    def __bool__(self) -> bool:
        return self != NO_DETAILS

    def completed_by(self, other: Details) -> Details:
        """Return these details, with unknown ones taken from ``other`` ones of the same digest."""
        return Details(
            self.size or other.size,
            self.pushed_at or other.pushed_at,
            self.platforms or other.platforms,
            self.artifact_type or other.artifact_type,
        )


NO_DETAILS = Details()


def parse_details(
    *,
    size: object = None,
    pushed_at: datetime | None = None,
    platforms: object = (),
    artifact_type: object = "",
) -> Details:
    """Return details from a registry's untrusted answer, without unusable values.

    ``size`` is a number or a string of digits; ``platforms`` are strings, or tuples of their parts.
    """
    found = Details(
        _size(size),
        pushed_at,
        _platforms(platforms),
        media_type(artifact_type) if isinstance(artifact_type, str) else "",
    )
    return found or NO_DETAILS


def platform(os: object, architecture: object, variant: object = "") -> str:
    """Return a platform such as "linux/arm64", or "" for the "unknown/unknown" of attestations."""
    parts = [part for part in (os, architecture, variant) if isinstance(part, str) and part]
    if len(parts) < 2 or "unknown" in parts:
        return ""
    return "/".join(parts).lower()


def _size(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < _MAX_SIZE else None


def _platforms(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple | set | frozenset):
        return ()
    named = {value for value in values if isinstance(value, str) and _is_platform(value)}
    return tuple(sorted(named)[:MAX_PLATFORMS])


def _is_platform(text: str) -> bool:
    return 0 < len(text) <= _MAX_PLATFORM_LENGTH and text.isprintable() and text.isascii()
