"""docs/providers.md is correct, and each provider keeps to its promised number of requests."""

from __future__ import annotations

import pytest

from benchmarks.provider_page import declarations
from benchmarks.provider_requests import PAGE, count
from registries.providers import PROVIDERS

pytestmark = pytest.mark.slow


HEADINGS = [
    "## Create credentials",
    "## Connect",
    "## Set up a webhook",
    "## How HarborGuard reads it",
    "## Errors",
    "## Known limits",
]
STALE = "docs/providers.md is stale: run `make docs-providers`"


def test_the_page_lists_what_providers_declare() -> None:
    assert PAGE.read_text().startswith(declarations(PROVIDERS.values())), STALE


@pytest.mark.parametrize("slug", PROVIDERS)
def test_a_full_sync_sends_the_documented_requests_and_no_more_than_promised(
    slug: str,
) -> None:
    provider = PROVIDERS[slug]

    found = count(provider)

    assert (found.most is not None) == provider.bulk_digests
    assert found.most is None or found.requests <= found.most
    assert f"\n| {provider.name} | {found.requests:,} |" in PAGE.read_text(), STALE


@pytest.mark.parametrize("slug", PROVIDERS)
def test_every_provider_has_a_setup_page(slug: str) -> None:
    lines = (PAGE.parent / "providers" / f"{slug}.md").read_text().splitlines()

    assert lines[0].startswith("# ")
    assert [line for line in lines if line.startswith("## ")] == HEADINGS
