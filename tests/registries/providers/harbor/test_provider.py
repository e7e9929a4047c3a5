"""Harbor: its API, projects, robots and policies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from registries.errors import AccessDenied, CatalogForbidden, NotFound, PaginationUntrusted
from registries.oci.media_types import OCI_INDEX, OCI_MANIFEST
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from tests.fakes.replies import answer, answer_json
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.harbor import IMAGE_CONFIG, Harbor
from tests.fakes.vendors.listings import all_tags, digests, requested_targets
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

PROVIDER = PROVIDERS["harbor"]
PUSHED_AT = datetime(2026, 3, 2, 10, 0, 1, 123000, tzinfo=UTC)


class OfAProject(Harbor):
    username: ClassVar[str] = "robot$team+reader"


@pytest.fixture
def harbor() -> Iterator[Harbor]:
    with Harbor.serve() as fake:
        fake.fill(2, 3)
        yield fake


@pytest.fixture
def with_project_robot() -> Iterator[Harbor]:
    with OfAProject.serve() as fake:
        fake.fill(2, 3)
        fake.content["public/app"] = {"v0": Image(f"sha256:{'a' * 64}")}
        yield fake


def first_says(harbor: Harbor, **members: Any) -> None:
    harbor.artifact_members[harbor.content[FIRST_REPOSITORY]["v0"].digest] = members


def test_harbor_has_no_known_host() -> None:
    assert detect(Origin.parse("https://harbor.example.com")) == "distribution"


def test_details_in_the_listing_are_read(harbor: Harbor) -> None:
    with closing(harbor.connect()) as client:
        tag = all_tags(client)["v0"]
    assert tag.media_type == OCI_MANIFEST
    assert tag.details.size == 1234
    assert tag.details.pushed_at == PUSHED_AT
    assert tag.details.platforms == ("linux/amd64",)
    assert tag.details.artifact_type == ""


def test_an_index_has_the_platforms_of_its_images(harbor: Harbor) -> None:
    first_says(
        harbor,
        manifest_media_type=OCI_INDEX,
        artifact_type="application/vnd.example.bundle",
        references=[
            {"child_digest": "x", "platform": {"architecture": "amd64", "os": "linux"}},
            {"platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}},
            {"platform": {"architecture": "unknown", "os": "unknown"}},
        ],
    )
    with closing(harbor.connect()) as client:
        tag = all_tags(client)["v0"]
    assert tag.media_type == OCI_INDEX
    assert tag.details.platforms == ("linux/amd64", "linux/arm64/v8")
    assert tag.details.artifact_type == "application/vnd.example.bundle"


@pytest.mark.parametrize("nonsense", [7, "text", ["text"], {"os": 1}, [[1]], None])
def test_invalid_details_are_unknown(nonsense: object, harbor: Harbor) -> None:
    members = ("size", "push_time", "references", "extra_attrs", "media_type", "artifact_type")
    first_says(harbor, **dict.fromkeys(members, nonsense))
    with closing(harbor.connect()) as client:
        assert digests(all_tags(client)) == harbor.expected[FIRST_REPOSITORY]


def test_an_artifact_without_tags_is_not_listed(harbor: Harbor) -> None:
    first_says(harbor, tags=None)
    with closing(harbor.connect()) as client:
        assert set(all_tags(client)) == {"v1", "v2"}


def test_two_tags_of_one_artifact_are_both_read(harbor: Harbor) -> None:
    harbor.content[FIRST_REPOSITORY]["latest"] = harbor.content[FIRST_REPOSITORY]["v2"]
    with closing(harbor.connect()) as client:
        assert digests(all_tags(client)) == harbor.expected[FIRST_REPOSITORY]


def test_names_outside_the_grammar_are_reported_and_not_listed(harbor: Harbor) -> None:
    harbor.content[FIRST_REPOSITORY]["../v0"] = Image(f"sha256:{'f' * 64}")
    harbor.content["Team/App"] = {}
    with closing(harbor.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
        assert "Team/App" not in list(client.repositories())
        assert client.rejected_repositories == ("Team/App",)
    assert [name for part in parts for name in part.rejected] == ["../v0"]


def test_a_hundred_tags_cost_one_request(harbor: Harbor) -> None:
    harbor.content.clear()
    harbor.fill(100, 100)
    with closing(harbor.connect()) as client:
        client.ping()
        listed = sum(len(part.tags) for part in client.tags(client.repositories()))
    assert listed == 10_000
    # A ping with its token and one page of repositories, besides the tags.
    assert len(harbor.server.requests) == 3 + 1 + 100


def test_slashes_in_repository_names_are_quoted_twice(harbor: Harbor) -> None:
    name = "team/deep/er/app"
    harbor.content[name] = {"v0": Image(f"sha256:{'a' * 64}")}
    with closing(harbor.connect()) as client:
        assert digests(all_tags(client, name)) == harbor.expected[name]
        answers = client.resolve([Reference(name, "v0"), Reference(name, "gone")])
        assert {one.reference.tag: one.absent for one in answers} == {"v0": False, "gone": True}
    path = "/api/v2.0/projects/team/repositories/deep%252Fer%252Fapp/artifacts"
    assert all(target.startswith(path) for target in requested_targets(harbor))


def test_numeric_projects_are_sent_as_names(harbor: Harbor) -> None:
    harbor.content["42/app"] = {"v0": Image(f"sha256:{'a' * 64}")}
    with closing(harbor.connect()) as client:
        all_tags(client, "42/app")
    assert harbor.server.requests[0].headers["x-is-resource-name"] == "true"


def test_only_tagged_artifacts_are_requested_oldest_first(harbor: Harbor) -> None:
    with closing(harbor.connect()) as client:
        all_tags(client)
    query = harbor.server.requests[0].query
    assert (query["sort"], query["q"], query["page_size"]) == (["id"], ["tags=*"], ["100"])


def test_rows_are_counted_if_a_proxy_strips_links(harbor: Harbor) -> None:
    harbor.has_links = False
    harbor.content.clear()
    harbor.fill(1, 250)
    with closing(harbor.connect()) as client:
        assert digests(all_tags(client)) == harbor.expected[FIRST_REPOSITORY]
    assert len(harbor.server.requests) == 3


def test_pages_without_links_may_be_short(harbor: Harbor) -> None:
    harbor.has_links = False
    harbor.faults.add(Fault.SHORT_PAGES)
    with closing(harbor.connect()) as client:
        assert digests(all_tags(client)) == harbor.expected[FIRST_REPOSITORY]


def test_a_listing_without_new_rows_is_an_error(harbor: Harbor) -> None:
    harbor.faults |= {Fault.ENDLESS, Fault.SHORT_PAGES}
    with closing(harbor.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert isinstance(parts[-1].error, PaginationUntrusted)
    assert len(harbor.server.requests) < 6


def test_projects_limit_the_listing(harbor: Harbor) -> None:
    harbor.content["other/app"] = {}
    with closing(harbor.connect(options={"projects": ("other", "other")})) as client:
        assert list(client.repositories()) == ["other/app"]
    assert len(harbor.server.requests) == 1


def test_a_refused_project_does_not_hide_the_others(harbor: Harbor) -> None:
    listed: list[str] = []
    options = {"projects": ("secret", "team")}
    with closing(harbor.connect(options=options)) as client, pytest.raises(AccessDenied) as caught:
        listed.extend(client.repositories())
    assert listed == [FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]
    assert "/projects/secret/" in str(caught.value)
    assert not isinstance(caught.value, CatalogForbidden)


def test_a_project_robot_reads_its_project(with_project_robot: Harbor) -> None:
    with closing(with_project_robot.connect()) as client:
        assert sorted(client.repositories()) == [FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]
    assert requested_targets(with_project_robot)[0].startswith(
        "/api/v2.0/projects/team/repositories?"
    )


@pytest.mark.parametrize(
    "username", ["robot$reader", "team+reader", "me+you@example.com", "robot$+reader", "admin"]
)
def test_other_credentials_list_everything_visible(
    username: str, harbor: Harbor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Harbor, "username", username)
    with closing(harbor.connect()) as client:
        assert sorted(client.repositories()) == sorted(harbor.content)
    assert requested_targets(harbor)[0].startswith("/api/v2.0/repositories?")


def test_a_tag_is_resolved_with_its_details_by_the_api(harbor: Harbor) -> None:
    with closing(harbor.connect()) as client:
        found = next(iter(client.resolve([Reference(FIRST_REPOSITORY, "v0")])))
    assert found.digest == harbor.content[FIRST_REPOSITORY]["v0"].digest
    assert (found.media_type, found.details.size) == (OCI_MANIFEST, 1234)
    assert found.details.pushed_at == PUSHED_AT
    assert len(harbor.server.requests) == 1


def test_a_pull_policy_does_not_hide_tags(harbor: Harbor) -> None:
    harbor.policy_hides.add(FIRST_REPOSITORY)
    with closing(harbor.connect()) as client:
        assert digests(all_tags(client)) == harbor.expected[FIRST_REPOSITORY]
        found = next(iter(client.resolve([Reference(FIRST_REPOSITORY, "v0")])))
    assert found.digest == harbor.content[FIRST_REPOSITORY]["v0"].digest


def test_tags_are_read_from_the_registry_api_if_harbors_api_refuses(harbor: Harbor) -> None:
    harbor.has_api = False
    with closing(harbor.connect()) as client:
        tags = all_tags(client)
        answers = client.resolve([Reference(FIRST_REPOSITORY, name) for name in [*tags, "gone"]])
        found = {one.reference.tag: one.digest for one in answers}
    assert found == {**harbor.expected[FIRST_REPOSITORY], "gone": None}


@pytest.mark.parametrize("status", [404, 405])
def test_a_404_of_a_proxy_does_not_make_a_tag_absent(status: int, harbor: Harbor) -> None:
    """Only Harbor's own answer removes an image, not any 404 in JSON."""
    path = "/api/v2.0/projects/team/repositories/app/artifacts/v0"
    harbor.server.routes[path] = answer_json({"message": "no such route"}, status, {})
    with closing(harbor.connect()) as client:
        found = next(iter(client.resolve([Reference(FIRST_REPOSITORY, "v0")])))
    assert (found.absent, found.digest) == (False, harbor.expected[FIRST_REPOSITORY]["v0"])


def test_an_artifact_without_a_digest_is_resolved_by_the_registry(harbor: Harbor) -> None:
    path = "/api/v2.0/projects/team/repositories/app/artifacts/v0"
    harbor.server.routes[path] = answer_json(["odd"], 200, {})
    with closing(harbor.connect()) as client:
        found = next(iter(client.resolve([Reference(FIRST_REPOSITORY, "v0")])))
    assert found.digest == harbor.expected[FIRST_REPOSITORY]["v0"]


def test_a_missing_repository_is_not_found(harbor: Harbor) -> None:
    with closing(harbor.connect()) as client:
        parts = list(client.tags(["team/never"]))
        found = next(iter(client.resolve([Reference("team/never", "v0")])))
    assert [type(part.error) for part in parts] == [NotFound]
    assert found.absent


def test_no_cookie_is_sent_back(harbor: Harbor) -> None:
    """Harbor would ignore the credentials of later requests in a session."""
    first = "/api/v2.0/repositories"
    harbor.server.routes[first] = answer(
        200, b"[]", {"Content-Type": "application/json", "Set-Cookie": "sid=abc; Path=/"}
    )
    with closing(harbor.connect()) as client:
        list(client.repositories())
        all_tags(client)
    assert not [request for request in harbor.server.requests if "cookie" in request.headers]


def test_a_secret_requires_a_user_name() -> None:
    assert PROVIDER.login(Credential(" robot$a+b ", " s\n")) == Credential("robot$a+b", "s")
    with pytest.raises(ValueError, match="robot"):
        PROVIDER.login(Credential("", "s3cret"))


def test_the_configurations_type_is_not_an_artifact_type(harbor: Harbor) -> None:
    first_says(harbor, media_type=IMAGE_CONFIG, artifact_type=IMAGE_CONFIG)
    with closing(harbor.connect()) as client:
        assert all_tags(client)["v0"].details.artifact_type == ""
