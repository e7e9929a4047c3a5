"""What is particular to Nexus: one listing for all, groups, connectors, and tokens that cycle."""

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
from tests.fakes.vendors.nexus import Nexus
from tests.fakes.vendors.reading import asked, digests_of, without_digests
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


def test_a_full_sync_costs_one_listing(vendor: Nexus) -> None:
    vendor.content.clear()
    vendor.fill(100, 100)
    vendor.page_rows = 10

    assert listed(vendor) == vendor.expected
    rows = 100 * 101  # the child of an index in each
    assert len(vendor.server.requests) <= rows // 10 + 5


def test_a_tag_comes_with_its_digest_type_and_when_it_was_pushed(vendor: Nexus) -> None:
    vendor.content = {"app": {"v1": Image(DIGEST)}}

    with connected(vendor) as client:
        [part] = client.tags(client.repositories())

    [tag] = part.tags
    assert part.complete
    assert (tag.name, tag.digest, tag.media_type) == ("v1", DIGEST, OCI_INDEX)
    assert tag.details.pushed_at == datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)


def test_a_child_of_an_index_is_no_tag(vendor: Nexus) -> None:
    vendor.content = {"app": {"v0": Image(DIGEST)}}

    with connected(vendor) as client:
        [part] = client.tags(client.repositories())
    assert [tag.name for tag in part.tags] == ["v0"]
    assert part.rejected == ()


@pytest.mark.parametrize("digest", ["sha256:cut", "sha256:"])
def test_a_checksum_that_is_none_is_asked_for_by_name(vendor: Nexus, digest: str) -> None:
    vendor.content = {"app": {"v1": Image(digest)}}

    assert listed(vendor) == {"app": {"v1": None}}


def test_what_was_not_listed_before_is_read_from_the_registry(vendor: Nexus) -> None:
    """As after a push: the registry knows at once, and one image needs no whole listing."""
    with connected(vendor) as client:
        found = digests_of(client.tags(["team/app"]))

    assert found == {"team/app": dict.fromkeys(vendor.content["team/app"])}
    assert not asked(vendor, "/service/")


def test_whoever_asks_again_asks_anew(vendor: Nexus) -> None:
    with connected(vendor) as client:
        names = list(client.repositories())
        digests_of(client.tags(names))
        vendor.content["team/app"]["new"] = Image(DIGEST)
        assert "new" in digests_of(client.tags(["team/app"]))["team/app"]


def test_an_image_that_is_gone_is_not_found(vendor: Nexus) -> None:
    with connected(vendor) as client:
        [part] = client.tags(["team/gone"])

    assert isinstance(part.error, NotFound)


def test_more_tags_than_are_kept_are_read_from_the_registry(
    vendor: Nexus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registries.providers.nexus.provider.TagCache", lambda: TagCache(most=4))

    found = listed(vendor)

    assert {name: set(tags) for name, tags in found.items()} == {
        name: set(tags) for name, tags in vendor.content.items()
    }
    assert found["team/app"] == vendor.expected["team/app"]
    assert asked(vendor, "/v2/team/app-1/tags/list")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_without_its_own_api_it_is_read_as_any_registry(vendor: Nexus, status: int) -> None:
    vendor.status = status

    assert listed(vendor) == without_digests(vendor)


def test_where_both_refuse_both_are_told(vendor: Nexus) -> None:
    vendor.faults.add(Fault.CATALOG_DENIED)

    with connected(vendor) as client, pytest.raises(CatalogForbidden, match=COMPONENTS):
        list(client.repositories())


def test_a_wrong_login_is_no_forbidden_catalog(vendor: Nexus) -> None:
    vendor.faults.add(Fault.WRONG_LOGIN)

    with connected(vendor) as client, pytest.raises(AuthenticationFailed):
        list(client.repositories())


def test_a_place_that_is_lost_is_looked_for_once_more(vendor: Nexus) -> None:
    vendor.faults |= {Fault.LOST_CURSOR, Fault.SHORT_PAGES}

    assert listed(vendor) == vendor.expected


def test_tokens_in_a_circle_end_as_an_error_after_a_second_try(vendor: Nexus) -> None:
    vendor.faults |= {Fault.ENDLESS, Fault.SHORT_PAGES}

    with connected(vendor) as client:
        with pytest.raises(PaginationUntrusted, match="loops"):
            list(client.repositories())
        vendor.faults.clear()
        # What was listed so far is not taken for all that there is.
        assert digests_of(client.tags(["team/app"])) == {
            "team/app": dict.fromkeys(vendor.content["team/app"])
        }
    begun = [target for target in asked(vendor, COMPONENTS) if "continuationToken" not in target]
    assert len(begun) == 2


def test_of_several_repositories_the_one_behind_the_connector_is_named(vendor: Nexus) -> None:
    vendor.kinds["docker-other"] = "hosted"
    vendor.others["docker-other"] = {"other/tool": {"v1": Image(DIGEST)}}

    assert listed(vendor) == without_digests(vendor)
    assert not asked(vendor, COMPONENTS)
    assert listed(vendor, repositories=("docker-hosted",)) == vendor.expected


def test_by_path_all_repositories_are_read_but_groups(vendor: Nexus) -> None:
    vendor.kinds |= {"docker-proxy": "proxy", "docker-all": "group"}
    vendor.others["docker-proxy"] = {"library/alpine": {"3": Image(DIGEST)}}

    assert listed(vendor, addressing=BY_PATH) == {
        **{f"docker-hosted/{name}": tags for name, tags in vendor.expected.items()},
        "docker-proxy/library/alpine": {"3": DIGEST},
    }


def test_by_path_one_repository_may_be_named(vendor: Nexus) -> None:
    vendor.kinds["docker-proxy"] = "proxy"
    vendor.others["docker-proxy"] = {"library/alpine": {"3": Image(DIGEST)}}

    found = listed(vendor, addressing=BY_PATH, repositories=("docker-proxy",))

    assert found == {"docker-proxy/library/alpine": {"3": DIGEST}}


@pytest.fixture
def group(vendor: Nexus) -> Nexus:
    """Of a hosted repository, of one that a group below adds, and of itself."""
    vendor.content = {"app": {"v1": Image(DIGEST)}}
    vendor.kinds |= {"all": "group", "more": "group", "proxy": "proxy"}
    vendor.members = {"all": ["docker-hosted", "more"], "more": ["proxy", "all"]}
    vendor.others["proxy"] = {"app": {"v1": Image(OTHER), "v2": Image(OTHER)}}
    return vendor


def test_of_a_group_the_first_member_with_a_tag_counts(group: Nexus) -> None:
    assert listed(group, repositories=("all",)) == {"app": {"v1": DIGEST, "v2": OTHER}}


def test_members_may_be_named_where_they_may_not_be_asked_for(group: Nexus) -> None:
    group.members.clear()

    found = listed(group, repositories=("all",), members=("proxy", "docker-hosted"))

    assert found == {"app": {"v1": OTHER, "v2": OTHER}}


def test_a_group_without_known_members_is_read_as_any_registry(group: Nexus) -> None:
    group.members.clear()

    assert listed(group, repositories=("all",)) == {"app": {"v1": None}}


def test_the_api_may_be_at_another_address(vendor: Nexus) -> None:
    with Nexus.serve() as main:
        main.content = vendor.content
        assert listed(vendor, api_url=main.server.url) == vendor.expected
        assert {request.path for request in vendor.server.requests} == {"/v2/"}


def test_its_own_pages_may_be_below_their_host(vendor: Nexus) -> None:
    with Nexus.serve() as main:
        main.content, main.base = vendor.content, "/tools/nexus"
        assert listed(vendor, api_url=f"{main.server.url}/tools/nexus") == vendor.expected
        assert {request.path for request in vendor.server.requests} == {"/v2/"}


def test_what_is_no_name_is_rejected(vendor: Nexus) -> None:
    vendor.content = {"App": {"v1": Image(DIGEST)}, "app": {"-v1": Image(DIGEST)}}

    with connected(vendor) as client:
        [part] = client.tags(client.repositories())
        assert client.rejected_repositories == ("App",)
    assert (part.repository, part.tags, part.rejected) == ("app", (), ("-v1",))
