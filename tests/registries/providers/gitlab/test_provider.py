"""GitLab: shared tokens, its API, blocked addresses."""

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
    Banned,
    CatalogForbidden,
    RealmUntrusted,
    RegistryError,
)
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect
from registries.providers.shared.base import RegistryClient
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from tests.fakes.endpoints import CANARY
from tests.fakes.http_server import fake_server
from tests.fakes.replies import answer, web_page
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.gitlab import GitLab
from tests.fakes.vendors.listings import all_tags
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

PROVIDER = PROVIDERS["gitlab"]
GROUP = "/api/v4/groups/team/registry/repositories"


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    with GitLab.serve() as fake:
        fake.fill(2, 3)
        yield fake


def connect(gitlab: GitLab, **options: Any) -> RegistryClient:
    return gitlab.connect(options={**gitlab.options, **options})


def discovering(gitlab: GitLab) -> RegistryClient:
    return connect(gitlab, groups=())


def logins(gitlab: GitLab) -> list[list[str]]:
    return [one.query.get("scope", []) for one in gitlab.server.asked("/jwt/auth")]


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://registry.gitlab.com", "gitlab"),
        ("https://registry.gitlab.com.evil.example", "distribution"),
        ("https://gitlab.example.com:5050", "distribution"),
    ],
)
def test_gitlab_com_is_detected_by_its_full_host_name(url: str, slug: str) -> None:
    assert detect(Origin.parse(url)) == slug


def test_the_registry_lists_digests_and_details(gitlab: GitLab) -> None:
    with closing(connect(gitlab)) as client:
        tag = all_tags(client)["v0"]
    assert tag.digest == gitlab.expected[FIRST_REPOSITORY]["v0"]
    assert tag.media_type == "application/vnd.oci.image.index.v1+json"
    assert tag.details.size == 1234
    assert tag.details.pushed_at == datetime(2026, 3, 2, 10, 0, 0, 123_000, tzinfo=UTC)


def test_a_full_sync_shares_tokens_between_repositories() -> None:
    with GitLab.serve() as gitlab:
        gitlab.fill(60, 2)
        with closing(connect(gitlab)) as client:
            client.ping()
            for part in client.tags(client.repositories()):
                assert part.error is None
            assert client.traffic.requests <= 60 + 60 * 2 / 1000 + 9
        shared = [scopes for scopes in logins(gitlab) if len(scopes) > 1]
    assert sorted(scope for scopes in shared for scope in scopes) == sorted(
        f"repository:{name}:pull" for name in gitlab.content
    )


def test_a_denied_repository_does_not_break_a_shared_token(gitlab: GitLab) -> None:
    gitlab.fill(8, 2)
    gitlab.faults.add(Fault.REPOSITORY_DENIED)
    with closing(connect(gitlab)) as client:
        parts = list(client.tags(list(gitlab.content)))
    failed = {part.repository: part.error for part in parts if part.error}
    assert set(failed) == {FIRST_REPOSITORY}
    assert isinstance(failed[FIRST_REPOSITORY], AccessDenied)
    assert {part.repository for part in parts if part.complete} == {*gitlab.content} - {
        FIRST_REPOSITORY
    }


class TestWithoutADatabaseOfTags:
    @pytest.fixture(autouse=True)
    def without(self, gitlab: GitLab) -> None:
        gitlab.has_database = False

    def test_tags_are_read_from_the_registry_api(self, gitlab: GitLab) -> None:
        with closing(connect(gitlab)) as client:
            tags = all_tags(client)
            assert {tag.digest for tag in tags.values()} == {None}
            [resolved] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])
        assert resolved.digest == gitlab.expected[FIRST_REPOSITORY]["v0"]

    def test_the_missing_database_is_detected_once(self, gitlab: GitLab) -> None:
        gitlab.fill(30, 1)
        with closing(connect(gitlab)) as client:
            assert all(part.error is None for part in client.tags(list(gitlab.content)))
        asked = [one for one in gitlab.server.requests if one.path.startswith("/gitlab/v1")]
        assert [one.path for one in asked] == ["/gitlab/v1/"]


def test_an_invalid_tag_is_reported_and_not_listed(gitlab: GitLab) -> None:
    gitlab.content[FIRST_REPOSITORY]["-no-tag"] = Image(f"sha256:{'e' * 64}")
    with closing(connect(gitlab)) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert [name for part in parts for name in part.rejected] == ["-no-tag"]


def test_repositories_being_deleted_are_not_listed(gitlab: GitLab) -> None:
    gitlab.statuses = {FIRST_REPOSITORY: "delete_ongoing", "team/app-1": "cleanup_scheduled"}
    with closing(connect(gitlab)) as client:
        assert list(client.repositories()) == ["team/app-1"]


def test_groups_and_projects_list_each_repository_once(gitlab: GitLab) -> None:
    gitlab.content["others/tool/web/api"] = {"v1": Image(f"sha256:{'b' * 64}")}
    with closing(connect(gitlab, projects=("others/tool", "team/app"))) as client:
        names = list(client.repositories())
    assert sorted(names) == sorted(gitlab.content)
    assert len(names) == len(set(names))


def test_a_missing_group_is_reported_and_does_not_stop_the_others(gitlab: GitLab) -> None:
    names: list[str] = []
    with closing(connect(gitlab, groups=("nobody", "team"))) as client:
        with pytest.raises(AccessDenied, match="groups/nobody"):
            names.extend(client.repositories())
        repositories = client.repositories()
        assert sorted(next(repositories) for _ in gitlab.content) == sorted(gitlab.content)


class TestWithoutGroupsAndProjects:
    def test_everything_the_user_is_a_member_of_is_discovered(self, gitlab: GitLab) -> None:
        gitlab.content["robot/tool"] = {}
        with closing(discovering(gitlab)) as client:
            assert sorted(client.repositories()) == sorted(gitlab.content)

    def test_projects_of_a_group_are_not_read_one_by_one(self, gitlab: GitLab) -> None:
        gitlab.visible_groups = ["team", "team/sub", "team/sub/sub"]
        gitlab.content["robot/tool"] = {}
        with closing(discovering(gitlab)) as client:
            list(client.repositories())
        listings = [one.path for one in gitlab.server.requests if "/registry/" in one.path]
        assert listings == [GROUP, "/api/v4/projects/robot%2Ftool/registry/repositories"]

    def test_a_project_with_a_disabled_registry_is_not_an_error(self, gitlab: GitLab) -> None:
        gitlab.disabled_registries = {"robot/no-images"}
        with closing(discovering(gitlab)) as client:
            assert sorted(client.repositories()) == sorted(gitlab.content)

    def test_all_pages_of_projects_are_read(self, gitlab: GitLab) -> None:
        gitlab.visible_groups = []
        gitlab.faults.add(Fault.SHORT_PAGES)
        with closing(discovering(gitlab)) as client:
            assert sorted(client.repositories()) == sorted(gitlab.content)

    def test_nothing_is_discovered_without_credentials(self, gitlab: GitLab) -> None:
        """Discovery would find everything public, which mostly belongs to others."""
        options = {**gitlab.options, "groups": ()}
        client = gitlab.connect(options=options, credential=None)
        with closing(client), pytest.raises(CatalogForbidden):
            list(client.repositories())
        assert gitlab.server.requests == []


class TestADeployToken:
    @pytest.fixture(autouse=True)
    def not_for_the_api(self, gitlab: GitLab) -> None:
        gitlab.api_takes_login = False

    def test_it_may_not_list_repositories(self, gitlab: GitLab) -> None:
        with closing(connect(gitlab)) as client, pytest.raises(CatalogForbidden) as caught:
            list(client.repositories())
        assert caught.value.status == 401

    def test_known_repositories_are_read_with_digests(self, gitlab: GitLab) -> None:
        with closing(connect(gitlab)) as client:
            assert all_tags(client)["v0"].digest == gitlab.expected[FIRST_REPOSITORY]["v0"]

    def test_it_is_not_sent_to_the_api_again(self, gitlab: GitLab) -> None:
        client = connect(gitlab, groups=("team", "others"), projects=("team/app", "team/app-1"))
        with closing(client), pytest.raises(CatalogForbidden):
            list(client.repositories())
        assert len([one for one in gitlab.server.requests if "/api/v4" in one.path]) == 1


class TestAProjectThatIsGone:
    def test_it_is_absent_although_the_registry_denies_access(self, gitlab: GitLab) -> None:
        with closing(connect(gitlab)) as client:
            assert FIRST_REPOSITORY in list(client.repositories())
            gitlab.deleted_projects.add(FIRST_REPOSITORY)
            references = [Reference(FIRST_REPOSITORY, f"v{number}") for number in range(3)]
            answers = list(client.resolve(references))
        assert [answer.absent for answer in answers] == [True] * 3
        # GitLab gives the same answer for a project that the user can no longer see.
        assert all(answer.doubtful for answer in answers)

    def test_an_existing_project_is_denied_and_not_absent(self, gitlab: GitLab) -> None:
        gitlab.faults.add(Fault.REPOSITORY_DENIED)
        with closing(connect(gitlab)) as client:
            list(client.repositories())
            [one] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])
        assert isinstance(one.error, AccessDenied)

    def test_it_is_not_absent_for_credentials_that_may_not_list(self, gitlab: GitLab) -> None:
        gitlab.deleted_projects.add(FIRST_REPOSITORY)
        gitlab.api_takes_login = False
        with closing(connect(gitlab)) as client:
            [one] = client.resolve([Reference(FIRST_REPOSITORY, "v0")])
        assert isinstance(one.error, AccessDenied)

    def test_it_is_looked_up_once_and_not_for_each_tag(self, gitlab: GitLab) -> None:
        gitlab.fill(1, 40)
        gitlab.faults.add(Fault.REPOSITORY_DENIED)
        with closing(gitlab.connect(concurrency=1, options=gitlab.options)) as client:
            list(client.repositories())
            references = [Reference(FIRST_REPOSITORY, f"v{number}") for number in range(40)]
            answers = list(client.resolve(references))
        assert all(isinstance(answer.error, AccessDenied) for answer in answers)
        assert len(gitlab.server.asked("/api/v4/projects/team%2Fapp")) == 1

    def test_it_is_looked_up_at_every_depth(self, gitlab: GitLab) -> None:
        """The repository's name may have more segments than its project's."""
        gitlab.content["team/app/web/api"] = {}
        gitlab.is_granted = lambda scope: "web" not in scope  # type: ignore[method-assign]
        with closing(connect(gitlab)) as client:
            list(client.repositories())
            [one] = client.resolve([Reference("team/app/web/api", "v0")])
        assert isinstance(one.error, AccessDenied)


class TestABan:
    """GitLab blocks an address for an hour after too many failed logins."""

    def test_it_is_reported_with_its_end(self, gitlab: GitLab) -> None:
        gitlab.is_banned = True
        with closing(connect(gitlab)) as client, pytest.raises(Banned) as caught:
            client.ping()
        assert caught.value.retry_after == 3600.0
        assert (caught.value.code, caught.value.status or 403) == ("banned", 403)

    def test_it_is_detected_at_the_api_too(self, gitlab: GitLab) -> None:
        gitlab.is_banned = True
        with closing(connect(gitlab)) as client, pytest.raises(Banned):
            list(client.repositories())

    def test_no_more_requests_are_sent(self, gitlab: GitLab) -> None:
        gitlab.is_banned = True
        with closing(connect(gitlab)) as client:
            for _ in range(5):
                with pytest.raises(Banned):
                    list(client.repositories())
        assert len(gitlab.server.requests) == 1

    def test_a_web_page_of_the_token_server_is_a_ban(self, gitlab: GitLab) -> None:
        gitlab.token = lambda request: web_page(403)  # type: ignore[method-assign]
        gitlab.compiled = [
            (method, pattern, gitlab.token if pattern.pattern == "/jwt/auth" else handler)
            for method, pattern, handler in gitlab.compiled
        ]
        with closing(connect(gitlab)) as client, pytest.raises(Banned):
            client.ping()

    def test_a_refusal_in_json_is_not_a_ban(self, gitlab: GitLab) -> None:
        gitlab.faults.add(Fault.CATALOG_DENIED)
        with closing(connect(gitlab)) as client, pytest.raises(CatalogForbidden):
            list(client.repositories())

    def test_another_web_page_at_the_api_is_not_a_ban(self, gitlab: GitLab) -> None:
        gitlab.server.routes[GROUP] = web_page(403)
        with closing(connect(gitlab)) as client, pytest.raises(CatalogForbidden):
            list(client.repositories())


def test_a_rejected_token_is_sent_once(gitlab: GitLab) -> None:
    """Neither retries nor threads send it again, as each failure counts toward a ban."""
    gitlab.fill(40, 1)
    wrong = Credential("robot", "not-" + CANARY)
    with closing(gitlab.connect(credential=wrong, attempts=4)) as client:
        with pytest.raises(AuthenticationFailed):
            client.ping()
        with pytest.raises(AuthenticationFailed):
            list(client.tags(list(gitlab.content)))
        with pytest.raises(AuthenticationFailed):
            list(client.resolve(Reference(name, "v0") for name in gitlab.content))
    assert len(gitlab.server.asked("/jwt/auth")) <= 3


def test_an_expiring_token_causes_few_logins(gitlab: GitLab) -> None:
    gitlab.fill(200, 1)
    with closing(connect(gitlab)) as client:
        client.ping()
        gitlab.faults.add(Fault.WRONG_LOGIN)
        gitlab.tokens.clear()
        with pytest.raises(RegistryError):
            list(client.resolve(Reference(name, "v0") for name in gitlab.content))
    assert len(gitlab.server.asked("/jwt/auth")) < 30


class TestAGitLabOfOnesOwn:
    def test_the_api_url_is_a_trusted_token_server(self, gitlab: GitLab) -> None:
        with fake_server() as registry:
            challenge = f'Bearer realm="{gitlab.server.url}/jwt/auth",service="container_registry"'
            registry.routes["*"] = answer(401, b"{}", {"WWW-Authenticate": challenge})
            typed = replace(gitlab.endpoint(), origin=registry.origin)
            with closing(PROVIDER.connect(typed)) as client, pytest.raises(AuthenticationFailed):
                client.ping()
        assert len(gitlab.server.asked("/jwt/auth")) == 1

    def test_another_token_server_is_not_trusted_without_the_api_url(self, gitlab: GitLab) -> None:
        with fake_server() as registry:
            challenge = f'Bearer realm="{gitlab.server.url}/jwt/auth",service="container_registry"'
            registry.routes["*"] = answer(401, b"{}", {"WWW-Authenticate": challenge})
            typed = replace(gitlab.endpoint(options={}), origin=registry.origin)
            with closing(PROVIDER.connect(typed)) as client, pytest.raises(RealmUntrusted):
                client.ping()
        assert gitlab.server.requests == []

    def test_the_registrys_catalog_is_read_without_the_api_url(self, gitlab: GitLab) -> None:
        with closing(gitlab.connect(options={})) as client:
            with pytest.raises(CatalogForbidden):
                list(client.repositories())
            assert all_tags(client)["v0"].digest
        assert not [one for one in gitlab.server.requests if one.path.startswith("/api")]


def test_a_token_requires_a_user_name() -> None:
    with pytest.raises(ValueError, match="user name") as caught:
        PROVIDER.login(Credential(" ", CANARY))
    assert CANARY not in str(caught.value)
    assert PROVIDER.login(Credential("me", " secret\n")) == Credential("me", "secret")
    assert PROVIDER.login(Credential("", "")) == Credential("", "")


@pytest.mark.parametrize("path", ["/team/sub/", "team/sub"])
def test_groups_are_paths(path: str) -> None:
    [option] = [option for option in PROVIDER.options if option.name == "groups"]
    assert option.check(path) == "team/sub"
