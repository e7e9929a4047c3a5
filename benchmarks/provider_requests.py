"""Requests of a full sync with each provider: `make docs-providers`.

Each provider reads 100 repositories with 100 tags from a fake of its vendor's API, from the first
page to the last digest. The counts do not depend on the machine.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path

from benchmarks.provider_page import Count, page
from registries.oci.listing import PAGE_SIZE
from registries.oci.reference import Reference
from registries.providers import PROVIDERS
from registries.providers.shared.base import Provider, RegistryClient
from tests.fakes.vendors.all_vendors import VENDORS

REPOSITORIES = 100
TAGS_OF_EACH = 100
TAGS = REPOSITORIES * TAGS_OF_EACH
# The catalog, the tags of each repository, and the digest of each tag.
ONE_HEAD_PER_TAG = ceil(REPOSITORIES / PAGE_SIZE) + REPOSITORIES + TAGS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "providers.md"
# The number of repositories a sync lists at a time.
_LISTED_TOGETHER = 200


@dataclass(frozen=True, slots=True)
class FullRead:
    requests: int
    tags: int


def most_requests(provider: Provider) -> int:
    """Return the promised limit for a provider whose listings include digests."""
    return REPOSITORIES + TAGS // provider.page_size + 5


def full_read(slug: str) -> FullRead:
    with VENDORS[slug].serve() as vendor:
        vendor.fill(REPOSITORIES, TAGS_OF_EACH)
        with closing(vendor.connect()) as client:
            tags = _read(client)
        return FullRead(len(vendor.server.requests), tags)


def _read(client: RegistryClient) -> int:
    """Read everything; return the number of tags with a known digest."""
    client.ping()
    names = iter(list(client.repositories()))
    known = 0
    while together := list(islice(names, _LISTED_TOGETHER)):
        unknown = []
        for part in client.tags(together):
            if part.error is not None:
                raise part.error
            known += sum(tag.digest is not None for tag in part.tags)
            unknown += [Reference(part.repository, tag.name) for tag in part.tags if not tag.digest]
        known += sum(answer.digest is not None for answer in client.resolve(unknown))
    return known


def count(provider: Provider) -> Count:
    found = full_read(provider.slug)
    if found.tags != TAGS:
        raise SystemExit(f"{provider.slug}: {found.tags} of {TAGS} tags were read")
    return Count(found.requests, most_requests(provider) if provider.bulk_digests else None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    options = parser.parse_args()
    counts = {}
    for slug, provider in PROVIDERS.items():
        counts[slug] = count(provider)
        print(f"{slug:20} {counts[slug].requests:6,} requests")
    print(f"{'one HEAD per tag':20} {ONE_HEAD_PER_TAG:6,} requests")
    if options.write:
        PAGE.write_text(page(PROVIDERS.values(), counts, ONE_HEAD_PER_TAG))


if __name__ == "__main__":
    main()
