"""Gitea and Forgejo: owners, versions, and a registry for the digests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    PaginationUntrusted,
)
from registries.oci.reference import Reference
from registries.providers import detect
from registries.providers.shared.base import RegistryClient
from registries.providers.shared.combined_catalog import NamespacesNeeded
from registries.transport.origin import Origin
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.gitea import Gitea
from tests.fakes.vendors.vendor import FIRST_REPOSITORY

PUSHED = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def vendor() -> Iterator[Gitea]:
    with Gitea.serve() as fake:
        fake.fill(3, 4)
        yield fake


def connect(vendor: Gitea, **values: Any) -> RegistryClient:
    return vendor.connect(**values)


def names(vendor: Gitea, **values: Any) -> list[str]:
    with closing(connect(vendor, **values)) as client:
        return sorted(client.repositories())


def asked(vendor: Gitea, part: str) -> list[str]:
    return [request.target for request in vendor.server.requests if part in request.path]


def test_codeberg_is_detected_by_its_host() -> None:
    assert detect(Origin.parse("https://codeberg.org")) == "gitea"


def test_one_listing_returns_repositories_and_tags(vendor: Gitea) -> None:
    with closing(connect(vendor)) as client:
        parts = list(client.tags(list(client.repositories())))

    assert {part.repository: {tag.name for tag in part.tags} for part in parts} == {
        name: set(tags) for name, tags in vendor.content.items()
    }
    assert all(part.complete for part in parts)
    assert asked(vendor, "") == ["/api/v1/packages/Team?type=container&limit=50&page=1"]


def test_untagged_images_are_not_listed(vendor: Gitea) -> None:
    with closing(connect(vendor)) as client:
        parts = list(client.tags(list(client.repositories())))

    assert not [part.rejected for part in parts if part.rejected]
    assert not [tag for part in parts for tag in part.tags if ":" in tag.name]


def test_names_match_those_of_docker_pull(vendor: Gitea) -> None:
    vendor.content = {"team/Mixed": vendor.content[FIRST_REPOSITORY], "team/a/b": {}}
    vendor.content["team/a/b"] = dict(vendor.content["team/Mixed"])
    with closing(connect(vendor)) as client:
        # The owner is "Team" in every row.
        assert list(client.repositories()) == ["team/a/b"]
        assert client.rejected_repositories == ("team/Mixed",)


def test_a_second_listing_returns_new_tags(vendor: Gitea) -> None:
    with closing(connect(vendor)) as client:
        list(client.tags(list(client.repositories())))
        vendor.fill(1, 5)

        found = {tag.name for part in client.tags([FIRST_REPOSITORY]) for tag in part.tags}

    assert found == {"v0", "v1", "v2", "v3", "v4"}
    assert len(asked(vendor, "/tags/list")) == 2  # the first request reads the user


def test_the_push_time_is_resolved_with_the_digest(vendor: Gitea) -> None:
    with closing(connect(vendor)) as client:
        list(client.tags(list(client.repositories())))
        [found] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])
        [later] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])

    assert found.digest == vendor.expected[FIRST_REPOSITORY]["v0"]
    assert found.details.pushed_at == PUSHED
    # The tag may have been pushed again meanwhile.
    assert not later.details


@pytest.mark.parametrize("tells_total", [True, False])
@pytest.mark.parametrize("tells_next", [True, False])
def test_all_pages_are_read(vendor: Gitea, tells_total: bool, tells_next: bool) -> None:
    vendor.tells_total, vendor.tells_next, vendor.rows_most = tells_total, tells_next, 5

    assert names(vendor) == sorted(vendor.content)
    # 24 rows: without a total, only an empty page is the end.
    assert len(asked(vendor, "/packages/")) == (5 if tells_total else 6)


def test_a_total_that_is_too_small_does_not_end_the_listing(vendor: Gitea) -> None:
    vendor.rows_most, vendor.total_told = 5, 3

    assert names(vendor) == sorted(vendor.content)


def test_rows_that_move_are_read_once(vendor: Gitea) -> None:
    vendor.rows_most = 5
    vendor.faults.add(Fault.DRIFT)
    with closing(connect(vendor)) as client:
        parts = list(client.tags(list(client.repositories())))

    found = {part.repository: [tag.name for tag in part.tags] for part in parts}
    assert sorted(found[FIRST_REPOSITORY]) == ["v0", "v1", "v2", "v3"]


def test_endless_pages_are_an_error(vendor: Gitea) -> None:
    vendor.faults |= {Fault.ENDLESS, Fault.SHORT_PAGES}

    with pytest.raises(PaginationUntrusted):
        names(vendor)


def test_owners_default_to_the_user_and_its_organizations(vendor: Gitea) -> None:
    vendor.owners = ()
    vendor.content["robot/tool"] = {"v0": vendor.content[FIRST_REPOSITORY]["v0"]}

    assert names(vendor) == sorted(vendor.content)


def test_a_token_that_may_not_list_organizations_reads_the_users_packages(vendor: Gitea) -> None:
    vendor.owners = ()
    vendor.scopes.remove("read:organization")
    vendor.content["robot/tool"] = {"v0": vendor.content[FIRST_REPOSITORY]["v0"]}

    assert names(vendor) == ["robot/tool"]


def test_a_token_that_may_not_read_its_user_requires_owners(vendor: Gitea) -> None:
    vendor.owners = ()
    vendor.scopes.remove("read:user")

    with pytest.raises(NamespacesNeeded, match="read:user") as caught:
        names(vendor)
    assert caught.value.status == 403


def test_rejected_credentials_are_reported(vendor: Gitea) -> None:
    vendor.owners = ()
    vendor.faults.add(Fault.WRONG_LOGIN)

    with pytest.raises(AuthenticationFailed):
        names(vendor)


def test_anonymous_access_reads_public_repositories(vendor: Gitea) -> None:
    vendor.is_public = True
    with closing(connect(vendor, credential=None)) as client:
        client.ping()
        assert sorted(client.repositories()) == sorted(vendor.content)
        [found] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])
    assert found.digest == vendor.expected[FIRST_REPOSITORY]["v0"]


def test_anonymous_access_requires_owners(vendor: Gitea) -> None:
    vendor.is_public, vendor.owners = True, ()

    with pytest.raises(NamespacesNeeded):
        names(vendor, credential=None)


def test_a_refused_owner_does_not_hide_the_others(vendor: Gitea) -> None:
    options = {"owners": ("nobody-here", "Team")}
    with closing(connect(vendor, options=options)) as client:
        listing = client.repositories()
        found = [next(listing) for _ in vendor.content]
        with pytest.raises(AccessDenied, match="nobody-here"):
            next(listing)
        assert sorted(found) == sorted(vendor.content)
        # An incomplete listing proves nothing.
        assert all(part.complete for part in client.tags(found))
    assert asked(vendor, "/tags/list")


def test_a_token_without_the_package_scope_is_reported(vendor: Gitea) -> None:
    vendor.scopes.clear()

    with pytest.raises(CatalogForbidden, match="read:package"):
        names(vendor)


def test_the_api_may_have_its_own_url(vendor: Gitea) -> None:
    options = {"owners": ("Team",), "api_url": f"{vendor.server.url}/git"}

    assert names(vendor, options=options) == sorted(vendor.content)
    assert asked(vendor, "/git/api/v1/packages/Team")


def test_a_deleted_tag_is_absent(vendor: Gitea) -> None:
    with closing(connect(vendor)) as client:
        list(client.tags(list(client.repositories())))
        del vendor.content[FIRST_REPOSITORY]["v0"]
        [found] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])

    assert found.absent
    assert not found.details


def test_an_owner_is_a_single_path_segment(vendor: Gitea) -> None:
    with pytest.raises(CatalogForbidden):
        names(vendor, options={"owners": ("a/../../user",)})

    assert asked(vendor, "packages") == [
        "/api/v1/packages/a%2F..%2F..%2Fuser?type=container&limit=50&page=1"
    ]
