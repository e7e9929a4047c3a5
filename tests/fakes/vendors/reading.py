"""What tests read of a vendor, and what they look for in what it was asked."""

from __future__ import annotations

from collections.abc import Iterable

from registries.providers.shared.base import RegistryClient, Tag, TagListing
from tests.fakes.vendors.vendor import THE_FIRST, Vendor


def all_tags(client: RegistryClient, repository: str = THE_FIRST) -> dict[str, Tag]:
    """Of a listing that must end well, and once."""
    parts = list(client.tags([repository]))
    assert [part.error for part in parts] == [None] * len(parts)
    assert [part.complete for part in parts].count(True) == 1
    return {tag.name: tag for part in parts for tag in part.tags}


def digests(tags: dict[str, Tag]) -> dict[str, str | None]:
    return {name: tag.digest for name, tag in tags.items()}


def digests_of(parts: Iterable[TagListing]) -> dict[str, dict[str, str | None]]:
    """Of several listings, by their repositories; none of them may fail."""
    found: dict[str, dict[str, str | None]] = {}
    for part in parts:
        assert part.error is None
        found.setdefault(part.repository, {}).update({tag.name: tag.digest for tag in part.tags})
    return found


def without_digests(vendor: Vendor) -> dict[str, dict[str, None]]:
    return {name: dict.fromkeys(tags) for name, tags in vendor.content.items()}


def asked(vendor: Vendor, part: str = "") -> list[str]:
    """The targets with ``part`` in them."""
    return [request.target for request in vendor.server.requests if part in request.target]
