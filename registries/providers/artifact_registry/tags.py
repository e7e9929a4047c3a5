"""Tags, built from Google's rows about an image."""

from __future__ import annotations

from typing import Any

from registries.oci.media_types import media_type
from registries.oci.reference import is_digest
from registries.providers.artifact_registry.api import Row
from registries.providers.artifact_registry.registry_plane import TagPage
from registries.providers.shared.base import Tag
from registries.providers.shared.details import parse_details, platform
from registries.providers.shared.native_api import text_of
from registries.providers.shared.timestamps import timestamp_from_text, timestamp_from_unix

_DIGITS_MOST = 20
# No tag is this long: longer names are shortened, reported and never stored.
_LONGEST_TOLD = 300


def tags_of_row(digest: str, row: Row) -> list[Tag]:
    """Return the tags of a row of ``dockerImages``, which describes one digest."""
    if not is_digest(digest):
        return []
    known = parse_details(
        size=row.get("imageSizeBytes"),
        pushed_at=timestamp_from_text(row.get("uploadTime")),
        platforms=[_platform(part) for part in _list(row.get("imageManifests"))],
        artifact_type=row.get("artifactType"),
    )
    kind = media_type(text_of(row, "mediaType"))
    return [Tag(name, digest, kind, known) for name in _texts(row.get("tags"))]


def tags_of_page(page: TagPage) -> list[Tag]:
    """Return the tags of a tag list. A tag without details has no digest."""
    tags = {name: Tag(name) for name in page.tags}
    for digest, row in page.manifests.items():
        if is_digest(digest):
            known = parse_details(size=row.get("imageSizeBytes"), pushed_at=_from_milliseconds(row))
            kind = media_type(text_of(row, "mediaType"))
            tags |= {name: Tag(name, digest, kind, known) for name in _texts(row.get("tag"))}
    return list(tags.values())


def _platform(part: Any) -> str:
    if not isinstance(part, dict):
        return ""
    return platform(part.get("os"), part.get("architecture"), part.get("variant"))


def _from_milliseconds(row: Row) -> Any:
    text = text_of(row, "timeUploadedMs")
    is_number = text.isascii() and text.isdigit() and len(text) < _DIGITS_MOST
    return timestamp_from_unix(int(text) / 1000) if is_number else None


def _texts(value: Any) -> list[str]:
    return [one[:_LONGEST_TOLD] for one in _list(value) if isinstance(one, str)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
