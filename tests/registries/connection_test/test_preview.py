from __future__ import annotations

from collections.abc import Iterator

import pytest

from registries.connection_test import preview as previewing
from registries.connection_test.preview import preview
from registries.errors import RegistryError
from registries.models import Registry
from tests.factories import SOMEBODY, make_registry
from tests.fakes.http_server import FakeServer, fake_server
from tests.fakes.registry import serve_repositories
from tests.fakes.replies import answer_json, oci_error

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as fake:
        yield fake


def connected(server: FakeServer, **fields: object) -> Registry:
    return make_registry(url=server.url, insecure=True, **fields)


def test_filters_are_those_that_are_typed_and_not_those_that_are_stored(
    server: FakeServer,
) -> None:
    serve_repositories(server, ["team/app", "sandbox/toy"], ["v1", "v1-rc1"])
    registry = connected(server)
    registry.repository_exclude, registry.tag_exclude = ["sandbox/*"], ["*-rc*"]

    seen = preview(registry, by=SOMEBODY)

    assert (seen.repositories.taken, seen.repositories.left_out) == (
        ("team/app",),
        ("sandbox/toy",),
    )
    [read] = seen.with_tags
    assert read.tags is not None
    assert (read.tags.taken, read.tags.left_out) == (("v1",), ("v1-rc1",))
    registry.refresh_from_db()
    assert registry.tag_exclude == []


def test_a_large_registry_is_read_in_part_and_says_so(server: FakeServer) -> None:
    tags = [f"t{number}" for number in range(previewing.TAGS_MOST + 1)]
    serve_repositories(server, [f"team/app{number:03}" for number in range(250)], ())
    server.routes["/v2/team/app000/tags/list"] = answer_json({"name": "team/app000", "tags": tags})

    seen = preview(connected(server), by=SOMEBODY)

    assert (seen.repositories.count, seen.repositories.is_all) == (previewing.NAMES_MOST, False)
    assert len(seen.with_tags) == previewing.REPOSITORIES_MOST
    assert seen.with_tags[0].tags is not None
    assert (seen.tags_count, seen.with_tags[0].tags.is_all) == (previewing.TAGS_MOST, False)
    assert len([sent for sent in server.requests if "tags/list" in sent.path]) == 5


def test_a_repository_that_fails_does_not_hide_the_others(server: FakeServer) -> None:
    serve_repositories(server, ["team/app", "team/shut"], ["v1"])
    server.routes["/v2/team/shut/tags/list"] = oci_error(403, "DENIED", "not for you")

    read, shut = preview(connected(server), by=SOMEBODY).with_tags

    assert read.error == ""
    assert shut.tags is None
    assert "not for you" in shut.error


def test_no_more_is_asked_when_the_time_is_over(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_repositories(server, ["team/app"], ["v1"])
    monkeypatch.setattr(previewing, "_SECONDS", -1.0)

    [read] = preview(connected(server), by=SOMEBODY).with_tags

    assert "took too long" in read.error
    assert server.asked("/v2/team/app/tags/list") == []


def test_known_repositories_stand_in_for_a_catalog_that_is_forbidden(server: FakeServer) -> None:
    serve_repositories(server, ["team/app"], ["v1"])
    server.routes["/v2/_catalog"] = oci_error(403, "DENIED")

    seen = preview(connected(server, known_repositories=["team/app"]), by=SOMEBODY)

    assert seen.repositories.taken == ("team/app",)
    assert "403 on /v2/_catalog" in seen.refusal


def test_a_failure_frees_the_slot() -> None:
    registry = make_registry(url="http://127.0.0.1:1", insecure=True)
    for _ in range(3):
        with pytest.raises(RegistryError):
            preview(registry, by=SOMEBODY)
