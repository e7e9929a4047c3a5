"""Quay: namespaces, OAuth tokens and robots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    MalformedResponse,
    PaginationUntrusted,
)
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from tests.fakes.replies import answer_json
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.listings import all_tags
from tests.fakes.vendors.quay import Quay
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

PROVIDER = PROVIDERS["quay"]


@pytest.fixture
def quay() -> Iterator[Quay]:
    with Quay.serve() as fake:
        fake.fill(2, 3)
        yield fake


class QuayOfARobot(Quay):
    username = "team+reader"


@pytest.fixture
def for_a_robot() -> Iterator[Quay]:
    with QuayOfARobot.serve() as fake:
        fake.fill(2, 3)
        yield fake


def api_requests(quay: Quay) -> list[str]:
    return [request.target for request in quay.server.requests if "/api/v1/" in request.target]


def test_only_quay_io_is_detected() -> None:
    assert detect(Origin.parse("https://quay.io")) == "quay"
    assert detect(Origin.parse("https://quay.io.example")) == "distribution"


def test_details_in_the_listing_are_read(quay: Quay) -> None:
    with closing(quay.connect()) as client:
        tag = all_tags(client)["v0"]
    assert tag.digest == quay.content[FIRST_REPOSITORY]["v0"].digest
    assert tag.details.size == 1234
    assert tag.details.pushed_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "told", [{"last_modified": "Mon, 02 Mar 2026 10:00:00 -0000"}, {"start_ts": 1_772_445_600}]
)
def test_both_formats_of_the_push_time_are_read(told: dict[str, object], quay: Quay) -> None:
    document = {"tags": [{"name": "v0", **told}], "has_additional": False}
    quay.server.routes[f"/api/v1/repository/{FIRST_REPOSITORY}/tag/"] = answer_json(
        document, headers={}
    )
    with closing(quay.connect()) as client:
        tag = all_tags(client)["v0"]
    assert tag.details.pushed_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_a_repository_of_a_hundred_tags_costs_one_request(quay: Quay) -> None:
    quay.content.clear()
    quay.fill(100, 100)
    with closing(quay.connect()) as client:
        client.ping()
        listed = sum(len(part.tags) for part in client.tags(client.repositories()))
    assert listed == 10_000
    # A ping with its token, a credentials check, the user and two namespaces, then the tags.
    assert len(quay.server.requests) == 3 + 1 + 1 + 2 + 100


def test_deleted_tags_are_not_listed(quay: Quay) -> None:
    quay.dead_tags[FIRST_REPOSITORY] = ["long-gone"]
    with closing(quay.connect()) as client:
        assert set(all_tags(client)) == {"v0", "v1", "v2"}


def test_repositories_of_other_kinds_are_left_out(quay: Quay) -> None:
    quay.kinds[f"{FIRST_REPOSITORY}-1"] = "application"
    quay.content["team/charts"] = {}
    quay.server.routes["/api/v1/repository"] = answer_json(
        {
            "repositories": [
                {"namespace": "team", "name": "app", "kind": "image"},
                {"namespace": "team", "name": "charts", "kind": "application"},
            ]
        },
        headers={},
    )
    options = {"namespaces": ("team",)}
    with closing(quay.connect(options=options)) as client:
        assert list(client.repositories()) == [FIRST_REPOSITORY]


def test_only_configured_namespaces_are_read(quay: Quay) -> None:
    quay.content["other/tool"] = {"1": Image(f"sha256:{'b' * 64}")}
    with closing(quay.connect(options={"namespaces": ("other",)})) as client:
        assert list(client.repositories()) == ["other/tool"]
    assert not quay.server.asked("/api/v1/user/")


def test_repositories_may_be_nested(quay: Quay) -> None:
    quay.content["team/group/tool"] = {"1": Image(f"sha256:{'b' * 64}")}
    with closing(quay.connect()) as client:
        assert "team/group/tool" in list(client.repositories())
        assert set(all_tags(client, "team/group/tool")) == {"1"}


def test_a_token_that_may_not_read_its_user_requires_namespaces(quay: Quay) -> None:
    quay.faults.add(Fault.CATALOG_DENIED)
    with closing(quay.connect()) as client, pytest.raises(CatalogForbidden) as caught:
        list(client.repositories())
    assert "namespaces" in caught.value.hint
    with closing(quay.connect(options={"namespaces": ("team",)})) as client:
        assert sorted(client.repositories()) == [FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]


def test_an_expired_token_does_not_make_private_repositories_disappear(quay: Quay) -> None:
    """The API answers as to an anonymous caller: with public data and status 200."""
    quay.public.add(FIRST_REPOSITORY)
    quay.faults.add(Fault.WRONG_LOGIN)
    with (
        closing(quay.connect(options={"namespaces": ("team",)})) as client,
        pytest.raises(AuthenticationFailed),
    ):
        list(client.repositories())


def test_anonymous_access_reads_public_repositories(quay: Quay) -> None:
    quay.public.add(FIRST_REPOSITORY)
    with closing(quay.connect(credential=None, options={"namespaces": ("team",)})) as client:
        client.ping()
        assert list(client.repositories()) == [FIRST_REPOSITORY]
        assert set(all_tags(client)) == {"v0", "v1", "v2"}
        [listing] = client.tags([f"{FIRST_REPOSITORY}-1"])
        [answer] = client.resolve([Reference(f"{FIRST_REPOSITORY}-1", "v0")])
    assert isinstance(listing.error, AccessDenied)
    assert isinstance(answer.error, AccessDenied)


def test_anonymous_access_requires_namespaces(quay: Quay) -> None:
    with closing(quay.connect(credential=None)) as client, pytest.raises(CatalogForbidden):
        list(client.repositories())


def test_a_robot_uses_only_the_registry_api(for_a_robot: Quay) -> None:
    with closing(for_a_robot.connect()) as client:
        client.ping()
        assert sorted(client.repositories()) == [FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]
        tags = all_tags(client)
        assert set(tags) == {"v0", "v1", "v2"}
        assert not any(tag.digest for tag in tags.values())
        [answer] = client.resolve([Reference(FIRST_REPOSITORY, "v1")])
    assert answer.digest == for_a_robot.content[FIRST_REPOSITORY]["v1"].digest
    assert api_requests(for_a_robot) == []


def test_robot_credentials_are_never_sent_to_quays_api(for_a_robot: Quay) -> None:
    with closing(for_a_robot.connect()) as client:
        list(client.tags(client.repositories()))
    assert all(
        request.path == "/v2/auth"
        for request in for_a_robot.server.requests
        if (request.authorization or "").startswith("Basic ")
    )


def test_only_the_robots_namespace_is_read_from_the_catalog(for_a_robot: Quay) -> None:
    for_a_robot.content["everybody/tool"] = {}
    with closing(for_a_robot.connect()) as client:
        assert sorted(client.repositories()) == [FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]
    with closing(for_a_robot.connect(options={"namespaces": ("everybody",)})) as client:
        assert list(client.repositories()) == ["everybody/tool"]


def test_a_listing_without_new_rows_ends(quay: Quay) -> None:
    quay.faults |= {Fault.ENDLESS, Fault.SHORT_PAGES}
    with closing(quay.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert isinstance(parts[-1].error, PaginationUntrusted)
    assert not any(part.complete for part in parts)
    assert len(api_requests(quay)) < 10


def test_a_listing_without_has_additional_is_not_complete(quay: Quay) -> None:
    quay.server.routes[f"/api/v1/repository/{FIRST_REPOSITORY}/tag/"] = answer_json(
        {"tags": [{"name": "v0"}], "page": 1}, headers={}
    )
    with closing(quay.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert not any(part.complete for part in parts)
    assert parts[-1].error is not None


def test_a_tag_without_a_digest_is_resolved_later(quay: Quay) -> None:
    quay.server.routes[f"/api/v1/repository/{FIRST_REPOSITORY}/tag/"] = answer_json(
        {"tags": [{"name": "v0", "manifest_digest": "none"}], "has_additional": False}, headers={}
    )
    with closing(quay.connect()) as client:
        assert all_tags(client)["v0"].digest is None


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (Credential("", " token "), Credential("$oauthtoken", "token")),
        (Credential("$oauthtoken", "token"), Credential("$oauthtoken", "token")),
        (Credential("team+reader", "token"), Credential("team+reader", "token")),
        (Credential("", ""), Credential("", "")),
    ],
)
def test_a_token_without_a_user_name_is_an_oauth_token(
    given: Credential, normal: Credential
) -> None:
    assert PROVIDER.login(given) == normal


@pytest.mark.parametrize("token", [7, True, ["sealed-1"], {}])
def test_an_unusable_cursor_is_not_the_end_of_the_listing(token: object, quay: Quay) -> None:
    rows = [{"namespace": "team", "name": "app", "kind": "image"}]
    document = {"repositories": rows, "next_page": token}
    quay.server.routes["/api/v1/repository"] = answer_json(document)
    namespaces = {"namespaces": ("team",)}
    with (
        closing(quay.connect(options=namespaces)) as client,
        pytest.raises(MalformedResponse, match="next_page"),
    ):
        list(client.repositories())
