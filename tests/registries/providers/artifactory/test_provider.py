"""Artifactory: keys, searches, addressing, and the fallback to the registry API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from registries.errors import AuthenticationFailed, CatalogForbidden, NotFound, PaginationUntrusted
from registries.oci.reference import Reference
from registries.providers.artifactory.provider import PROVIDER
from registries.providers.shared.base import Resolution, Tag, TagListing
from registries.providers.shared.keyed_names import BY_HOST
from registries.providers.shared.options import normal_options
from registries.transport.endpoint import Credential
from tests.fakes.vendors.artifactory import Artifactory
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.listings import digests_of, requested_targets, without_digests
from tests.fakes.vendors.vendor import Image

SEARCH = "/artifactory/api/search/aql"
KEYS = "/artifactory/api/repositories"
DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def vendor() -> Iterator[Artifactory]:
    with Artifactory.serve() as fake:
        fake.fill(3, 3)
        yield fake


def connected(vendor: Artifactory, **values: Any) -> closing[Any]:
    return closing(vendor.connect(**values))


def listed(vendor: Artifactory, **values: Any) -> dict[str, dict[str, str | None]]:
    with connected(vendor, **values) as client:
        client.ping()
        return digests_of(client.tags(list(client.repositories())))


def only(vendor: Artifactory, name: str, **values: Any) -> TagListing:
    with connected(vendor, **values) as client:
        [part] = client.tags([name])
        assert isinstance(part, TagListing)
        return part


def by_host(*keys: str) -> dict[str, Any]:
    return {"options": {"addressing": BY_HOST, "repository_keys": keys}}


def test_a_full_sync_costs_a_search_for_each_image(vendor: Artifactory) -> None:
    vendor.content.clear()
    vendor.fill(100, 100)

    with connected(vendor) as client:
        client.ping()
        names = list(client.repositories())
        tags = sum(len(part.tags) for part in client.tags(names))

    assert tags == 100 * 100
    assert len(vendor.server.requests) <= 100 + 5
    assert not requested_targets(vendor, "/manifests/")


def test_a_tag_has_its_digest_and_push_time(vendor: Artifactory) -> None:
    vendor.content = {"team/app": {"v1": Image(DIGEST)}}

    [tag] = only(vendor, "team/app").tags

    assert isinstance(tag, Tag)
    assert (tag.name, tag.digest) == ("v1", DIGEST)
    assert tag.details.pushed_at == datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
    assert tag.details.size is None


@pytest.mark.parametrize("comes_last", [True, False])
def test_an_index_wins_over_the_image_in_the_same_folder(
    vendor: Artifactory, comes_last: bool
) -> None:
    """The order of the rows does not matter."""
    vendor.content = {"team/app": {"v0": Image(DIGEST)}}
    vendor.index_comes_last = comes_last

    part = only(vendor, "team/app")

    assert [(tag.name, tag.digest) for tag in part.tags] == [("v0", DIGEST)]
    assert part.complete
    assert part.rejected == ()


def test_tags_of_a_nested_image_do_not_belong_to_its_parent(vendor: Artifactory) -> None:
    vendor.content = {
        "team/app": {"v1": Image(DIGEST)},
        "team/app/worker": {"v2": Image(f"sha256:{'b' * 64}")},
    }

    assert listed(vendor) == vendor.expected


def test_a_tag_with_an_invalid_checksum_is_resolved(vendor: Artifactory) -> None:
    vendor.content = {"team/app": {"v1": Image("sha256:cut")}}

    [tag] = only(vendor, "team/app").tags

    assert (tag.name, tag.digest) == ("v1", None)


def test_a_folder_with_an_invalid_name_is_rejected(vendor: Artifactory) -> None:
    vendor.content = {"team/app": {"v1": Image(DIGEST), "-wrong": Image(DIGEST)}}

    part = only(vendor, "team/app")

    assert [tag.name for tag in part.tags] == ["v1"]
    assert part.rejected == ("-wrong",)


def test_a_remote_repository_is_read_from_its_cache(vendor: Artifactory) -> None:
    vendor.kinds["team"] = "REMOTE"

    assert listed(vendor) == vendor.expected
    assert requested_targets(vendor, "/docker/team-cache/v2/_catalog")


def test_an_evicted_image_is_not_requested_upstream(
    vendor: Artifactory,
) -> None:
    vendor.kinds["team"] = "REMOTE"

    assert only(vendor, "team/gone") == TagListing("team/gone", complete=True)
    assert not requested_targets(vendor, "/v2/team/gone")


def test_a_virtual_repository_is_read_only_if_configured(vendor: Artifactory) -> None:
    vendor.kinds = {"other": "LOCAL", "team": "VIRTUAL"}

    assert listed(vendor) == {}
    assert listed(vendor, options={"repository_keys": ("team",)}) == without_digests(vendor)
    assert not requested_targets(vendor, SEARCH)


def test_only_configured_keys_are_read(vendor: Artifactory) -> None:
    vendor.kinds["other"] = "LOCAL"
    vendor.content["other/tool"] = {"v1": Image(DIGEST)}

    assert listed(vendor, options={"repository_keys": ("other",)}) == {"other/tool": {"v1": DIGEST}}


def test_configured_keys_need_no_listing(vendor: Artifactory) -> None:
    vendor.keys_status = 403

    assert listed(vendor, options={"repository_keys": ("team",)}) == vendor.expected
    assert len(requested_targets(vendor, KEYS)) == 1


def test_the_catalog_is_forbidden_if_keys_may_not_be_listed(vendor: Artifactory) -> None:
    vendor.keys_status = 403

    with connected(vendor) as client, pytest.raises(CatalogForbidden, match="not for you"):
        list(client.repositories())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_each_tag_is_resolved_without_the_search(vendor: Artifactory, status: int) -> None:
    vendor.search_status = status
    vendor.fill(20, 1)

    assert listed(vendor) == without_digests(vendor)
    assert len(requested_targets(vendor, SEARCH)) <= 3  # concurrent searches


def test_an_empty_search_falls_back_to_the_registry_api(vendor: Artifactory) -> None:
    """A search omits hidden images, which must not look missing."""
    vendor.faults.add(Fault.RENAMED)

    assert isinstance(only(vendor, "team/app").error, NotFound)


def test_a_truncated_search_is_split(vendor: Artifactory) -> None:
    vendor.content = {"team/app": {f"{tag}1": Image(DIGEST) for tag in "aBz_09"}}
    vendor.is_cut_off = lambda pattern: pattern == "app/*"

    part = only(vendor, "team/app")

    assert {tag.name for tag in part.tags} == set(vendor.content["team/app"])
    assert part.complete


def test_a_tag_of_one_letter_is_not_lost_in_a_split_search(vendor: Artifactory) -> None:
    vendor.content = {"team/app": {tag: Image(DIGEST) for tag in ("1", "10", "1.0", "2", "_")}}
    vendor.is_cut_off = lambda pattern: pattern in ("app/*", "app/1*")

    part = only(vendor, "team/app")

    assert {tag.name for tag in part.tags} == set(vendor.content["team/app"])
    assert part.complete


def test_a_search_with_too_many_results_is_an_error(
    vendor: Artifactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registries.providers.artifactory.api._MAX_TAGS", 2)

    assert isinstance(only(vendor, "team/app").error, PaginationUntrusted)


def test_a_search_that_stays_truncated_is_an_error(vendor: Artifactory) -> None:
    vendor.is_cut_off = lambda pattern: True

    part = only(vendor, "team/app")

    assert isinstance(part.error, PaginationUntrusted)
    assert part.tags == ()


def test_a_response_that_is_too_large_is_split(
    vendor: Artifactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registries.providers.artifactory.provider.SEARCH_BODY_BYTES", 3000)
    vendor.content = {"team/app": {f"{tag}{n}": Image(DIGEST) for tag in "abc" for n in range(5)}}

    part = only(vendor, "team/app")

    assert {tag.name for tag in part.tags} == set(vendor.content["team/app"])


def test_names_at_a_keys_own_address_have_no_key(vendor: Artifactory) -> None:
    vendor.by_host = "docker-prod"
    vendor.kinds = {"docker-prod": "LOCAL", "other": "LOCAL"}

    assert listed(vendor, **by_host("docker-prod")) == vendor.expected
    assert not requested_targets(vendor, "/manifests/")


@pytest.mark.parametrize("keys", [(), ("docker-prod", "other")])
def test_an_address_with_an_unknown_key_uses_the_registry_api(
    vendor: Artifactory, keys: tuple[str, ...]
) -> None:
    with Registry.serve() as registry:
        registry.fill(3, 3)
        assert listed(registry, **by_host(*keys)) == without_digests(registry)
        assert not requested_targets(registry, "/artifactory/")


def test_a_host_without_the_api_uses_the_registry_api() -> None:
    with Registry.serve() as registry:
        registry.fill(3, 3)
        registry.by_host = "docker-prod"
        registry.kinds = {}
        registry.search_status = 404
        assert listed(registry, **by_host("docker-prod")) == without_digests(registry)


def test_the_api_may_have_its_own_url(vendor: Artifactory) -> None:
    with Artifactory.serve() as platform:
        platform.content, platform.by_host = vendor.content, "docker-prod"
        platform.kinds = {"docker-prod": "LOCAL"}
        options = {**by_host("docker-prod")["options"], "api_url": platform.server.url}
        assert listed(vendor, options=options) == vendor.expected
        assert {request.path for request in vendor.server.requests} == {"/v2/"}


def test_the_platform_may_have_a_base_path(vendor: Artifactory) -> None:
    with Artifactory.serve() as platform:
        platform.content, platform.base = vendor.content, "/tools"
        assert (
            listed(vendor, options={"api_url": f"{platform.server.url}/tools"}) == vendor.expected
        )


def test_a_token_without_a_user_name_is_a_bearer_token(vendor: Artifactory) -> None:
    vendor.is_token = True

    assert listed(vendor, credential=Credential("", vendor.secret)) == vendor.expected
    with connected(vendor, credential=Credential("", vendor.secret)) as client:
        [answer] = client.resolve([Reference("team/app", "v0")])
    assert answer.digest == vendor.expected["team/app"]["v0"]


def test_wrong_credentials_are_not_a_forbidden_catalog(vendor: Artifactory) -> None:
    vendor.faults.add(Fault.WRONG_LOGIN)

    with connected(vendor) as client, pytest.raises(AuthenticationFailed):
        list(client.repositories())


def test_an_image_with_an_invalid_name_is_rejected(vendor: Artifactory) -> None:
    vendor.kinds = {"Team": "LOCAL", "team": "LOCAL"}
    vendor.content["Team/tool"] = {"v1": Image(DIGEST)}

    with connected(vendor) as client:
        assert "Team/tool" not in list(client.repositories())
        assert client.rejected_repositories == ("Team/tool",)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://acme.jfrog.io/artifactory/", "https://acme.jfrog.io"),
        ("acme.jfrog.io", "https://acme.jfrog.io"),
        ("http://artifactory", "http://artifactory"),
        ("http://artifactory:8082/artifactory", "http://artifactory:8082"),
        ("https://acme.example/tools/artifactory", "https://acme.example/tools"),
    ],
)
def test_the_platform_url_is_accepted_in_several_forms(text: str, address: str) -> None:
    assert normal_options({"api_url": text}, PROVIDER.options) == {"api_url": address}


def test_a_password_requires_a_user_name() -> None:
    assert PROVIDER.login(Credential(" me ", "pässword ")) == Credential("me", "pässword")
    with pytest.raises(ValueError, match="access token"):
        PROVIDER.login(Credential("", "pässword"))


class Registry(Artifactory):
    """The address of one key, which only serves the registry API."""

    routes = (
        *(route for route in Artifactory.routes if "/artifactory/" not in route[1]),
        ("GET", r"/v2/_catalog", "catalog"),
    )


def gone(vendor: Artifactory, name: str, **values: Any) -> Resolution:
    with connected(vendor, **values) as client:
        [answer] = client.resolve([Reference(name, "never-pushed")])
    assert isinstance(answer, Resolution)
    assert answer.absent
    return answer


def test_a_tag_deleted_from_a_visible_key_is_absent(vendor: Artifactory) -> None:
    assert not gone(vendor, "team/app").doubtful


@pytest.mark.parametrize("kinds", [{}, {"other": "LOCAL"}, {"team": "REMOTE"}])
def test_a_tag_that_may_be_hidden_is_doubtful(vendor: Artifactory, kinds: dict[str, str]) -> None:
    vendor.kinds = kinds
    assert gone(vendor, "team/app").doubtful


@pytest.mark.parametrize(("status", "is_doubtful"), [(403, False), (500, True)])
def test_unlisted_keys_are_doubtful_only_if_they_should_be_listed(
    vendor: Artifactory, status: int, is_doubtful: bool
) -> None:
    vendor.keys_status = status
    assert gone(vendor, "team/app").doubtful is is_doubtful


def test_rejected_names_are_limited(vendor: Artifactory) -> None:
    vendor.kinds = {"Team": "LOCAL"}
    vendor.content = {f"Team/app{number}": {} for number in range(50)}
    with connected(vendor) as client:
        assert list(client.repositories()) == []
        assert len(client.rejected_repositories) == 20
        assert len(client._rejected) == 20
