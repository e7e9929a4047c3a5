"""A plain registry, connected as a product that it is not: read or not, somebody is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from registries.errors import RegistryError
from registries.providers import PROVIDERS
from registries.providers.shared.base import TagListing
from tests.fakes.vendors.distribution import Distribution

# To it robots, and so all logins with a user name, are read by nothing but the registry plane.
WITHOUT_AN_API = "quay"
# Those that are read whole all the same.
READ = ("acr", "artifactory", "gitlab", "nexus", "zot")


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


@pytest.mark.parametrize("slug", sorted(PROVIDERS.keys() - {"distribution", WITHOUT_AN_API, *READ}))
def test_where_it_cannot_be_read_as_that_it_is_an_error(vendor: Distribution, slug: str) -> None:
    with pytest.raises(RegistryError):
        parts(vendor, slug, {})


@pytest.mark.parametrize("slug", READ)
def test_where_it_is_read_all_the_same_every_listing_says_why(
    vendor: Distribution, slug: str
) -> None:
    by_key = {"addressing": "host", "repository_keys": "docker-prod"}
    found = parts(vendor, slug, by_key if slug == "artifactory" else {})

    assert {part.repository for part in found if part.complete} == set(vendor.content)
    assert all(part.refused_by for part in found)


def test_of_the_right_product_nothing_is_told(vendor: Distribution) -> None:
    assert not any(part.refused_by for part in parts(vendor, "distribution", {}))
