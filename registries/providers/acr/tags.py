"""Tags of a repository, built from the lists of manifests and tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from registries.oci.media_types import media_type
from registries.oci.reference import is_digest, is_tag
from registries.providers.acr.api import Row
from registries.providers.shared.base import Tag, TagListing
from registries.providers.shared.details import parse_details, platform
from registries.providers.shared.listings import shorten_rejected, split_listing
from registries.providers.shared.native_api import text_of
from registries.providers.shared.timestamps import timestamp_from_text


def from_manifests(repository: str, manifests: Iterable[Row]) -> Iterator[TagListing]:
    """Yield the complete listing, given all manifests of the repository."""
    named = {name: row for row in manifests for name in _texts(row.get("tags"))}
    tags = [_tag(name, row, _pushed_at(row)) for name, row in named.items() if is_tag(name)]
    return split_listing(repository, tags, [name for name in named if not is_tag(name)])


def from_tags(
    repository: str, tags: Iterable[Row], manifests: list[Row], more_manifests: Iterable[list[Row]]
) -> Iterator[TagListing]:
    """Yield the complete listing of ``tags``.

    ``more_manifests`` are read only as far as needed for details.
    """
    pending: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    for row in tags:
        pending[text_of(row, "digest")][text_of(row, "name")] = _pushed_at(row)
    invalid = shorten_rejected(
        name for names in pending.values() for name in names if not is_tag(name)
    )
    for page in chain([manifests], more_manifests):
        part = [tag for row in page for tag in _named(row, pending.pop(text_of(row, "digest"), {}))]
        yield TagListing(repository, tuple(part))
        if not pending:
            break
    left = [tag for digest, names in pending.items() for tag in _named({"digest": digest}, names)]
    yield TagListing(repository, tuple(left), complete=True, rejected=invalid)


def _named(manifest: Row, names: dict[str, datetime | None]) -> list[Tag]:
    return [_tag(name, manifest, pushed_at) for name, pushed_at in names.items() if is_tag(name)]


def _tag(name: str, manifest: Row, pushed_at: datetime | None) -> Tag:
    """Return a tag. The listed type of its configuration is not an OCI artifact type."""
    digest = text_of(manifest, "digest")
    return Tag(
        name,
        digest if is_digest(digest) else None,
        media_type(text_of(manifest, "mediaType")),
        parse_details(
            size=manifest.get("imageSize"),
            pushed_at=pushed_at,
            platforms=_platforms(manifest),
            artifact_type=manifest.get("artifactType"),
        ),
    )


def _platforms(manifest: Row) -> list[str]:
    """Return the platforms. Those of an index are those of its images."""
    references = manifest.get("references")
    parts = [manifest, *(references if isinstance(references, list) else ())]
    return [platform(text_of(part, "os"), text_of(part, "architecture")) for part in parts]


def _pushed_at(row: Row) -> datetime | None:
    return timestamp_from_text(row.get("lastUpdateTime")) or timestamp_from_text(
        row.get("createdTime")
    )


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
