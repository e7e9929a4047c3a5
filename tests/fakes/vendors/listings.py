"""Tags and digests read from a fake, and the requests that it received."""

from __future__ import annotations

from collections.abc import Iterable

from registries.providers.shared.base import RegistryClient, Tag, TagListing
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Vendor


def all_tags(client: RegistryClient, repository: str = FIRST_REPOSITORY) -> dict[str, Tag]:
    """Return the tags of a listing that must be complete."""
    parts = list(client.tags([repository]))
    assert [part.error for part in parts] == [None] * len(parts)
    assert [part.complete for part in parts].count(True) == 1
    return {tag.name: tag for part in parts for tag in part.tags}


def digests(tags: dict[str, Tag]) -> dict[str, str | None]:
    return {name: tag.digest for name, tag in tags.items()}


def digests_of(parts: Iterable[TagListing]) -> dict[str, dict[str, str | None]]:
    """Return digests by repository and tag. No listing may have failed."""
    found: dict[str, dict[str, str | None]] = {}
    for part in parts:
        assert part.error is None
        found.setdefault(part.repository, {}).update({tag.name: tag.digest for tag in part.tags})
    return found


def without_digests(vendor: Vendor) -> dict[str, dict[str, None]]:
    return {name: dict.fromkeys(tags) for name, tags in vendor.content.items()}


def requested_targets(vendor: Vendor, part: str = "") -> list[str]:
    """Return the request targets that contain ``part``."""
    return [request.target for request in vendor.server.requests if part in request.target]
