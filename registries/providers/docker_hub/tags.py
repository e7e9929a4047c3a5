"""Tags, built from rows of Docker Hub's API."""

from __future__ import annotations

from registries.oci.media_types import media_type
from registries.oci.reference import is_digest
from registries.providers.docker_hub.api import Row
from registries.providers.shared.base import Tag
from registries.providers.shared.details import parse_details, platform
from registries.providers.shared.native_api import text_of
from registries.providers.shared.timestamps import timestamp_from_text

# Docker Hub's names for content that is not an image, with the media types they stand for.
_ARTIFACT_TYPES = {
    "helm": "application/vnd.cncf.helm.config.v1+json",
    "plugin": "application/vnd.docker.plugin.v1+json",
}


def tag_of(row: Row) -> Tag:
    digest, images = row.get("digest"), row.get("images")
    return Tag(
        text_of(row, "name"),
        str(digest) if is_digest(digest) else None,
        media_type(text_of(row, "media_type")),
        parse_details(
            size=row.get("full_size"),
            pushed_at=timestamp_from_text(row.get("tag_last_pushed"))
            or timestamp_from_text(row.get("last_updated")),
            platforms=[
                platform(image.get("os"), image.get("architecture"), image.get("variant"))
                for image in (images if isinstance(images, list) else ())
                if isinstance(image, dict)
            ],
            artifact_type=_ARTIFACT_TYPES.get(text_of(row, "content_type"), ""),
        ),
    )
