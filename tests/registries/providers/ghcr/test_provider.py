"""GitHub's container registry: packages, owners and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    RegistryError,
)
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect
from registries.providers.shared.base import RegistryClient
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from tests.fakes.endpoints import CANARY
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.ghcr import GHCR
from tests.fakes.vendors.listings import all_tags
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

PROVIDER = PROVIDERS["ghcr"]
VERSIONS = "/api/v3/orgs/team/packages/container/app/versions"


@pytest.fixture
def github() -> Iterator[GHCR]:
    with GHCR.serve() as fake:
        fake.fill(2, 3)
        yield fake


def connect(github: GHCR, **options: Any) -> RegistryClient:
    return github.connect(options={**github.options, **options})


def listed(client: RegistryClient) -> tuple[list[str], RegistryError | None]:
    """Return the names, and the error that ended their listing."""
    names: list[str] = []
    with closing(client):
        try:
            for name in client.repositories():
                names.append(name)  # noqa: PERF402  those before a failure count
        except RegistryError as error:
            return sorted(names), error
    return sorted(names), None


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://ghcr.io", "ghcr"),
        ("https://ghcr.io.evil.example", "distribution"),
        ("https://myghcr.io", "distribution"),
    ],
)
def test_the_product_is_detected_by_its_full_host_name(url: str, slug: str) -> None:
    assert detect(Origin.parse(url)) == slug


def test_versions_have_digests_and_push_times(github: GHCR) -> None:
    with closing(connect(github)) as client:
        tag = all_tags(client)["v0"]
    assert tag.digest == github.expected[FIRST_REPOSITORY]["v0"]
    assert tag.details.pushed_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert tag.details.size is None


def test_a_version_may_have_many_tags_or_none(github: GHCR) -> None:
    github.children = 7
    github.content[FIRST_REPOSITORY]["latest"] = github.content[FIRST_REPOSITORY]["v1"]
    with closing(connect(github)) as client:
        tags = all_tags(client)
    assert {name: tag.digest for name, tag in tags.items()} == github.expected[FIRST_REPOSITORY]


def test_a_full_sync_costs_a_listing_and_a_request_per_repository() -> None:
    with GHCR.serve() as github:
        github.fill(10, 40)
        with closing(connect(github)) as client:
            client.ping()
            for part in client.tags(client.repositories()):
                assert part.error is None
            assert client.traffic.requests <= 10 + 10 * 40 / 100 + 5


def test_a_repository_name_may_be_nested(github: GHCR) -> None:
    github.content = {"team/shop/web/api": {"v1": Image(f"sha256:{'a' * 64}")}}
    with closing(connect(github)) as client:
        assert list(client.repositories()) == ["team/shop/web/api"]
        assert list(all_tags(client, "team/shop/web/api")) == ["v1"]
    assert github.server.asked("/api/v3/orgs/team/packages/container/shop%2Fweb%2Fapi/versions")


def test_every_request_names_the_api_version(github: GHCR) -> None:
    assert listed(connect(github))[1] is None
    asked = github.server.asked("/api/v3/orgs/team/packages")
    assert {request.headers["x-github-api-version"] for request in asked} == {"2022-11-28"}


def test_a_user_is_an_owner_like_an_organization(github: GHCR) -> None:
    github.owners["team"] = "users"
    with closing(connect(github)) as client:
        assert sorted(client.repositories()) == sorted(github.expected)
        assert set(all_tags(client)) == {"v0", "v1", "v2"}
    assert not github.server.asked(VERSIONS)


def test_a_missing_owner_is_reported_and_does_not_stop_the_others(github: GHCR) -> None:
    names, error = listed(connect(github, owners=("nobody", "Team")))
    assert names == sorted(github.expected)
    assert isinstance(error, AccessDenied)
    assert "/users/nobody/packages" in str(error)


class TestWithoutOwners:
    def test_the_user_and_their_organizations_are_discovered(self, github: GHCR) -> None:
        github.content["robot/tool"] = {"v1": Image(f"sha256:{'b' * 64}")}
        assert listed(connect(github, owners=())) == (sorted(github.expected), None)

    def test_packages_of_the_user_are_read_from_the_user_path(self, github: GHCR) -> None:
        github.content = {"robot/tool": {"v1": Image(f"sha256:{'b' * 64}")}}
        with closing(connect(github, owners=())) as client:
            assert list(client.repositories()) == ["robot/tool"]
            assert list(all_tags(client, "robot/tool")) == ["v1"]

    def test_organizations_that_may_not_be_listed_are_left_out(self, github: GHCR) -> None:
        github.organisations_told = None
        github.content["robot/tool"] = {}
        assert listed(connect(github, owners=())) == (["robot/tool"], None)

    def test_owners_are_required_if_nothing_is_found(self, github: GHCR) -> None:
        github.organisations_told = None
        _, error = listed(connect(github, owners=()))
        assert isinstance(error, CatalogForbidden)
        assert "List the namespaces" in error.hint

    def test_a_refusing_organization_does_not_stop_the_others(self, github: GHCR) -> None:
        github.organisations_told = ["closed", "Team"]
        github.closed.add("closed")
        names, error = listed(connect(github, owners=()))
        assert names == sorted(github.expected)
        assert isinstance(error, AccessDenied)

    def test_a_user_without_packages_is_not_an_error(self, github: GHCR) -> None:
        github.content.clear()
        assert listed(connect(github, owners=())) == ([], None)


class TestATokenThatTheAPIDoesNotTake:
    @pytest.fixture(autouse=True)
    def fine_grained(self, github: GHCR) -> None:
        github.takes_token = False

    def test_it_may_not_list_packages(self, github: GHCR) -> None:
        _, error = listed(connect(github))
        assert isinstance(error, CatalogForbidden)
        assert error.status == 401

    def test_known_repositories_are_read_from_the_registry(self, github: GHCR) -> None:
        with closing(connect(github)) as client:
            tags = all_tags(client)
            assert set(tags) == {"v0", "v1", "v2"}
            [answer] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])
        assert answer.digest == github.expected[FIRST_REPOSITORY]["v0"]

    def test_it_is_not_sent_to_the_api_again(self, github: GHCR) -> None:
        with closing(connect(github, owners=("team", "robot"))) as client:
            with pytest.raises(CatalogForbidden):
                list(client.repositories())
            for repository in github.content:
                all_tags(client, repository)
        asked = [one for one in github.server.requests if one.path.startswith("/api/v3")]
        assert len(asked) == 1


def test_packages_of_a_refusing_owner_are_read_from_the_registry(github: GHCR) -> None:
    github.closed.add("team")
    with closing(connect(github)) as client:
        with pytest.raises(CatalogForbidden):
            list(client.repositories())
        assert set(all_tags(client)) == {"v0", "v1", "v2"}
    assert not github.server.asked(VERSIONS)


def test_only_known_repositories_are_read_without_credentials(github: GHCR) -> None:
    with closing(github.connect(credential=None)) as client, pytest.raises(CatalogForbidden):
        list(client.repositories())
    assert github.server.requests == []


def test_the_api_of_another_host_is_used_only_if_configured(github: GHCR) -> None:
    with closing(github.connect(options={"owners": ("team",)})) as client:
        with pytest.raises(CatalogForbidden):
            list(client.repositories())
        assert set(all_tags(client)) == {"v0", "v1", "v2"}
    assert not [one for one in github.server.requests if one.path.startswith("/api")]


def test_a_deleted_package_is_absent_although_the_registry_denies_access(github: GHCR) -> None:
    with closing(connect(github)) as client:
        assert FIRST_REPOSITORY in list(client.repositories())
        del github.content[FIRST_REPOSITORY]
        references = [Reference(FIRST_REPOSITORY, f"v{number}") for number in range(3)]
        answers = list(client.resolve(references))
    assert [answer.absent for answer in answers] == [True] * 3
    # GitHub gives the same answer for a package that the token can no longer see.
    assert all(answer.doubtful for answer in answers)


def test_a_denied_package_that_may_exist_is_not_absent(github: GHCR) -> None:
    github.faults.add(Fault.REPOSITORY_DENIED)
    with closing(connect(github)) as client:
        list(client.repositories())
        [answer] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])
    assert isinstance(answer.error, AccessDenied)


def test_an_api_that_lists_nothing_makes_nothing_absent(github: GHCR) -> None:
    github.closed.add("team")
    with closing(connect(github)) as client:
        with pytest.raises(CatalogForbidden):
            list(client.repositories())
        del github.content[FIRST_REPOSITORY]
        [answer] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])
    assert isinstance(answer.error, AccessDenied)


def test_tags_that_are_not_a_list_are_an_error(github: GHCR) -> None:
    rows = github.rows(FIRST_REPOSITORY)
    rows[0]["metadata"] = {"container": {"tags": "v0"}}
    github.rows = lambda name: rows  # type: ignore[method-assign]
    with closing(connect(github)) as client:
        [part] = client.tags([FIRST_REPOSITORY])
    assert part.error is not None
    assert not part.complete


def test_names_outside_the_grammar_are_reported_and_not_listed(github: GHCR) -> None:
    github.content["team/Not-One"] = {}
    github.content[FIRST_REPOSITORY]["-no-tag"] = Image(f"sha256:{'e' * 64}")
    with closing(connect(github)) as client:
        assert "team/Not-One" not in list(client.repositories())
        assert client.rejected_repositories == ("team/Not-One",)
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert [name for part in parts for name in part.rejected] == ["-no-tag"]


@pytest.mark.parametrize("path", ["/api/v3/orgs/team/packages", VERSIONS, "/v2/", "/token"])
def test_rate_limits_of_the_api_and_the_registry_are_honored(path: str, github: GHCR) -> None:
    was = github._chosen

    def chosen(request: Any) -> Any:
        if request.path == path:
            github.faults.add(Fault.THROTTLED)
            github._chosen = was  # type: ignore[method-assign]
        return was(request)

    github._chosen = chosen  # type: ignore[method-assign]
    with closing(connect(github)) as client:
        client.ping()
        for repository in client.repositories():
            assert all_tags(client, repository)
    assert [request.path for request in github.refused] == [path]


def test_a_wrong_token_is_rejected_by_the_token_server(github: GHCR) -> None:
    wrong = Credential("robot", "not-" + CANARY)
    client = github.connect(credential=wrong)
    with closing(client), pytest.raises(AuthenticationFailed) as caught:
        client.ping()
    assert caught.value.status == 403


def test_any_user_name_is_accepted() -> None:
    assert PROVIDER.login(Credential("", " secret\n")) == Credential("token", "secret")
    assert PROVIDER.login(Credential("me", "secret")) == Credential("me", "secret")
    assert PROVIDER.login(Credential("", "")) == Credential("", "")


def test_the_api_of_an_enterprise_server_may_have_a_base_path() -> None:
    [option] = [option for option in PROVIDER.options if option.name == "api_url"]
    assert option.leads_credential
    assert option.check("github.example.com/api/v3/") == "https://github.example.com/api/v3"


@pytest.mark.parametrize(
    "address",
    [
        "https://host/../x",
        "https://host/a/./b",
        "https://host//a",
        "https://host/a?b=c",
        "https://host/a#b",
        "https://host/a%2e",
        "https://user@host/a",
        "https://host/a\\b",
        "https://host /a",
        "ftp://host/a",
        "https://",
    ],
)
def test_an_ambiguous_api_url_is_rejected(address: str) -> None:
    [option] = [option for option in PROVIDER.options if option.name == "api_url"]
    with pytest.raises(ValueError, match=r".+"):
        option.check(address)


def test_the_token_is_only_sent_to_githubs_api(github: GHCR) -> None:
    """The API's host is constant for ghcr.io, whatever a response or an owner's name contains."""
    typed = replace(github.endpoint(options={}), origin=Origin.parse("https://ghcr.io"))
    with closing(PROVIDER.connect(typed)) as client:
        packages = vars(client)["_packages"]
        assert str(vars(packages)["_api"].origin) == "https://api.github.com"
