"""A plain registry connected as another product: an error, or listings that say why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from registries.errors import RegistryError
from registries.providers import PROVIDERS
from registries.providers.shared.base import TagListing
from tests.fakes.vendors.distribution import Distribution

# With a user name, as for robots, only the registry API is used.
WITHOUT_AN_API = "quay"
# Providers that read a plain registry completely.
READ = ("acr", "artifactory", "gitlab", "nexus", "zot")
# Providers that cannot read a plain registry.
NOT_READ = ("artifact-registry", "docker-hub", "ecr", "ghcr", "gitea", "harbor")


@pytest.fixture
def vendor() -> Iterator[Distribution]:
    with Distribution.serve() as fake:
        fake.fill(3, 3)
        yield fake


def parts(vendor: Distribution, slug: str, options: dict[str, str]) -> list[TagListing]:
    endpoint = vendor.endpoint(options=options)
    with closing(PROVIDERS[slug].connect(endpoint)) as client:
        client.ping()
        return list(client.tags(list(client.repositories())))


@pytest.mark.parametrize("slug", sorted(PROVIDERS.keys() - {"distribution", WITHOUT_AN_API}))
def test_the_wrong_product_is_an_error_or_every_listing_says_why(
    vendor: Distribution, slug: str
) -> None:
    options = {"addressing": "host", "repository_keys": "docker-prod"}
    try:
        found = parts(vendor, slug, options if slug == "artifactory" else {})
    except RegistryError:
        return
    assert {part.repository for part in found if part.complete} == set(vendor.content)
    assert all(part.refused_by for part in found)


@pytest.mark.parametrize("slug", NOT_READ)
def test_a_provider_that_cannot_read_a_plain_registry_raises_an_error(
    vendor: Distribution, slug: str
) -> None:
    with pytest.raises(RegistryError):
        parts(vendor, slug, {})


@pytest.mark.parametrize("slug", READ)
def test_a_provider_that_reads_a_plain_registry_says_why_it_used_the_registry_api(
    vendor: Distribution, slug: str
) -> None:
    by_key = {"addressing": "host", "repository_keys": "docker-prod"}
    found = parts(vendor, slug, by_key if slug == "artifactory" else {})

    assert {part.repository for part in found if part.complete} == set(vendor.content)
    assert all(part.refused_by for part in found)


def test_the_right_product_needs_no_reason(vendor: Distribution) -> None:
    assert not any(part.refused_by for part in parts(vendor, "distribution", {}))
