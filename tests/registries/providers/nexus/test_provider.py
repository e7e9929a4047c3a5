"""Nexus: one listing for everything, groups, connectors, and looping continuation tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from registries.errors import AuthenticationFailed, CatalogForbidden, NotFound, PaginationUntrusted
from registries.oci.media_types import OCI_INDEX
from registries.providers.shared.keyed_names import BY_PATH
from registries.providers.shared.tag_cache import TagCache
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.listings import digests_of, requested_targets, without_digests
from tests.fakes.vendors.nexus import Nexus
from tests.fakes.vendors.vendor import Image

COMPONENTS = "/service/rest/v1/components"
DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


@pytest.fixture
def vendor() -> Iterator[Nexus]:
    with Nexus.serve() as fake:
        fake.fill(3, 3)
        yield fake


def connected(vendor: Nexus, **options: Any) -> closing[Any]:
    return closing(vendor.connect(options=options))


def listed(vendor: Nexus, **options: Any) -> dict[str, dict[str, str | None]]:
    with connected(vendor, **options) as client:
        client.ping()
        return digests_of(client.tags(list(client.repositories())))


def test_a_full_sync_reads_one_listing(vendor: Nexus) -> None:
    vendor.content.clear()
    vendor.fill(100, 100)
    vendor.page_rows = 10

    assert listed(vendor) == vendor.expected
    rows = 100 * 101  # the child of each index
    assert len(vendor.server.requests) <= rows // 10 + 5


def test_a_tag_has_its_digest_media_type_and_push_time(vendor: Nexus) -> None:
    vendor.content = {"app": {"v1": Image(DIGEST)}}

    with connected(vendor) as client:
        [part] = client.tags(client.repositories())

    [tag] = part.tags
    assert part.complete
    assert (tag.name, tag.digest, tag.media_type) == ("v1", DIGEST, OCI_INDEX)
    assert tag.details.pushed_at == datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)


def test_a_child_of_an_index_is_not_a_tag(vendor: Nexus) -> None:
    vendor.content = {"app": {"v0": Image(DIGEST)}}

    with connected(vendor) as client:
        [part] = client.tags(client.repositories())
    assert [tag.name for tag in part.tags] == ["v0"]
    assert part.rejected == ()


@pytest.mark.parametrize("digest", ["sha256:cut", "sha256:"])
def test_a_tag_with_an_invalid_checksum_is_resolved(vendor: Nexus, digest: str) -> None:
    vendor.content = {"app": {"v1": Image(digest)}}

    assert listed(vendor) == {"app": {"v1": None}}


def test_repositories_not_listed_before_are_read_from_the_registry(vendor: Nexus) -> None:
    """The registry is current after a push, and one image is not worth a full listing."""
    with connected(vendor) as client:
        found = digests_of(client.tags(["team/app"]))

    assert found == {"team/app": dict.fromkeys(vendor.content["team/app"])}
    assert not requested_targets(vendor, "/service/")


def test_a_second_listing_is_read_again(vendor: Nexus) -> None:
    with connected(vendor) as client:
        names = list(client.repositories())
        digests_of(client.tags(names))
        vendor.content["team/app"]["new"] = Image(DIGEST)
        assert "new" in digests_of(client.tags(["team/app"]))["team/app"]


def test_a_deleted_image_is_not_found(vendor: Nexus) -> None:
    with connected(vendor) as client:
        [part] = client.tags(["team/gone"])

    assert isinstance(part.error, NotFound)


def test_tags_beyond_the_cache_are_read_from_the_registry(
    vendor: Nexus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registries.providers.nexus.provider.TagCache", lambda: TagCache(most=4))

    found = listed(vendor)

    assert {name: set(tags) for name, tags in found.items()} == {
        name: set(tags) for name, tags in vendor.content.items()
    }
    assert found["team/app"] == vendor.expected["team/app"]
    assert requested_targets(vendor, "/v2/team/app-1/tags/list")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_the_registry_api_is_used_without_nexus_own_api(vendor: Nexus, status: int) -> None:
    vendor.status = status

    assert listed(vendor) == without_digests(vendor)


def test_an_error_mentions_both_refusals(vendor: Nexus) -> None:
    vendor.faults.add(Fault.CATALOG_DENIED)

    with connected(vendor) as client, pytest.raises(CatalogForbidden, match=COMPONENTS):
        list(client.repositories())


def test_wrong_credentials_are_not_a_forbidden_catalog(vendor: Nexus) -> None:
    vendor.faults.add(Fault.WRONG_LOGIN)

    with connected(vendor) as client, pytest.raises(AuthenticationFailed):
        list(client.repositories())


def test_a_lost_page_restarts_the_listing_once(vendor: Nexus) -> None:
    vendor.faults |= {Fault.LOST_CURSOR, Fault.SHORT_PAGES}

    assert listed(vendor) == vendor.expected


def test_looping_continuation_tokens_are_an_error_after_a_restart(vendor: Nexus) -> None:
    vendor.faults |= {Fault.ENDLESS, Fault.SHORT_PAGES}

    with connected(vendor) as client:
        with pytest.raises(PaginationUntrusted, match="loops"):
            list(client.repositories())
        vendor.faults.clear()
        # The partial listing is not taken for a complete one.
        assert digests_of(client.tags(["team/app"])) == {
            "team/app": dict.fromkeys(vendor.content["team/app"])
        }
    begun = [
        target
        for target in requested_targets(vendor, COMPONENTS)
        if "continuationToken" not in target
    ]
    assert len(begun) == 2


def test_the_repository_of_a_connector_can_be_configured(vendor: Nexus) -> None:
    vendor.kinds["docker-other"] = "hosted"
    vendor.others["docker-other"] = {"other/tool": {"v1": Image(DIGEST)}}

    assert listed(vendor) == without_digests(vendor)
    assert not requested_targets(vendor, COMPONENTS)
    assert listed(vendor, repositories=("docker-hosted",)) == vendor.expected


def test_all_repositories_except_groups_are_read_by_path(vendor: Nexus) -> None:
    vendor.kinds |= {"docker-proxy": "proxy", "docker-all": "group"}
    vendor.others["docker-proxy"] = {"library/alpine": {"3": Image(DIGEST)}}

    assert listed(vendor, addressing=BY_PATH) == {
        **{f"docker-hosted/{name}": tags for name, tags in vendor.expected.items()},
        "docker-proxy/library/alpine": {"3": DIGEST},
    }


def test_one_repository_can_be_configured_by_path(vendor: Nexus) -> None:
    vendor.kinds["docker-proxy"] = "proxy"
    vendor.others["docker-proxy"] = {"library/alpine": {"3": Image(DIGEST)}}

    found = listed(vendor, addressing=BY_PATH, repositories=("docker-proxy",))

    assert found == {"docker-proxy/library/alpine": {"3": DIGEST}}


@pytest.fixture
def group(vendor: Nexus) -> Nexus:
    """Add a group of a hosted repository, of another group, and of itself."""
    vendor.content = {"app": {"v1": Image(DIGEST)}}
    vendor.kinds |= {"all": "group", "more": "group", "proxy": "proxy"}
    vendor.members = {"all": ["docker-hosted", "more"], "more": ["proxy", "all"]}
    vendor.others["proxy"] = {"app": {"v1": Image(OTHER), "v2": Image(OTHER)}}
    return vendor


def test_the_first_member_of_a_group_with_a_tag_wins(group: Nexus) -> None:
    assert listed(group, repositories=("all",)) == {"app": {"v1": DIGEST, "v2": OTHER}}


def test_members_can_be_configured_if_they_may_not_be_listed(group: Nexus) -> None:
    group.members.clear()

    found = listed(group, repositories=("all",), members=("proxy", "docker-hosted"))

    assert found == {"app": {"v1": OTHER, "v2": OTHER}}


def test_a_group_with_unknown_members_is_read_from_the_registry_api(group: Nexus) -> None:
    group.members.clear()

    assert listed(group, repositories=("all",)) == {"app": {"v1": None}}


def test_the_api_may_have_its_own_url(vendor: Nexus) -> None:
    with Nexus.serve() as main:
        main.content = vendor.content
        assert listed(vendor, api_url=main.server.url) == vendor.expected
        assert {request.path for request in vendor.server.requests} == {"/v2/"}


def test_the_api_may_have_a_base_path(vendor: Nexus) -> None:
    with Nexus.serve() as main:
        main.content, main.base = vendor.content, "/tools/nexus"
        assert listed(vendor, api_url=f"{main.server.url}/tools/nexus") == vendor.expected
        assert {request.path for request in vendor.server.requests} == {"/v2/"}


def test_an_invalid_name_is_rejected(vendor: Nexus) -> None:
    vendor.content = {"App": {"v1": Image(DIGEST)}, "app": {"-v1": Image(DIGEST)}}

    with connected(vendor) as client:
        [part] = client.tags(client.repositories())
        assert client.rejected_repositories == ("App",)
    assert (part.repository, part.tags, part.rejected) == ("app", (), ("-v1",))
