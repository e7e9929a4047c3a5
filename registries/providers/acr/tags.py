"""Build the tags of a repository from the lists of manifests and of tags."""

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


def of_manifests(repository: str, manifests: Iterable[Row]) -> Iterator[TagListing]:
    """Yield the whole listing, given all manifests of the repository."""
    named = {name: row for row in manifests for name in _texts(row.get("tags"))}
    tags = [_tag(name, row, _moment(row)) for name, row in named.items() if is_tag(name)]
    return split_listing(repository, tags, [name for name in named if not is_tag(name)])


def described(
    repository: str, tags: Iterable[Row], manifests: list[Row], further: Iterable[list[Row]]
) -> Iterator[TagListing]:
    """Yield the whole listing by ``tags``, reading ``further`` pages of manifests only if
    needed."""
    waiting: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    for row in tags:
        waiting[text_of(row, "digest")][text_of(row, "name")] = _moment(row)
    others = shorten_rejected(
        name for names in waiting.values() for name in names if not is_tag(name)
    )
    for page in chain([manifests], further):
        part = [tag for row in page for tag in _named(row, waiting.pop(text_of(row, "digest"), {}))]
        yield TagListing(repository, tuple(part))
        if not waiting:
            break
    left = [tag for digest, names in waiting.items() for tag in _named({"digest": digest}, names)]
    yield TagListing(repository, tuple(left), complete=True, rejected=others)


def _named(manifest: Row, names: dict[str, datetime | None]) -> list[Tag]:
    return [_tag(name, manifest, moment) for name, moment in names.items() if is_tag(name)]


def _tag(name: str, manifest: Row, pushed_at: datetime | None) -> Tag:
    """Return a tag. The listed type of its configuration is not what OCI calls the artifact
    type."""
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
    """Return the platforms; those of an index are those of the manifests it refers to."""
    references = manifest.get("references")
    parts = [manifest, *(references if isinstance(references, list) else ())]
    return [platform(text_of(part, "os"), text_of(part, "architecture")) for part in parts]


def _moment(row: Row) -> datetime | None:
    return timestamp_from_text(row.get("lastUpdateTime")) or timestamp_from_text(
        row.get("createdTime")
    )


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
