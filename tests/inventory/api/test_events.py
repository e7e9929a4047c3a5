"""The change feed as a single reader sees it; test_feed covers concurrent writers."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory.models import RemovedReason
from inventory.services import forget, remove
from registries.models import Registry
from tests.api_client import Caller, caller
from tests.factories import make_registry
from tests.pages import author, digest_of, image_ids, observe

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def reader() -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="production")


def read(reader: Caller, path: str = "/api/events", **query: Any) -> Any:
    answer = reader.get(path, query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def tags(page: Any) -> list[str]:
    return [event["tag"] for event in page["results"]]


def test_the_feed_lists_every_change_oldest_first(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1}, run_id=1)
    observe(registry, "team/app", {"v1": 2}, run_id=2)
    remove(image_ids(registry), RemovedReason.FILTERED, author(registry, 3))
    observe(registry, "team/app", {"v1": 2}, run_id=4)

    events = read(reader)["results"]

    shown = [(e["kind"], e["oldDigest"], e["newDigest"], e["reason"], e["runId"]) for e in events]
    assert shown == [
        ("added", None, digest_of(1), None, 1),
        ("moved", digest_of(1), digest_of(2), None, 2),
        ("removed", digest_of(2), None, "filtered", 3),
        ("restored", digest_of(2), digest_of(2), None, 4),
    ]
    assert {(e["registry"], e["repository"], e["tag"], e["imageId"]) for e in events} == {
        ("production", "team/app", "v1", image_ids(registry)[0])
    }


def test_a_reader_continues_from_its_cursor(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 1, "v3": 1})

    first = read(reader, pageSize=2)
    second = reader.get(first["next"]).json()
    nothing = read(reader, after=second["cursor"])
    observe(registry, "team/app", {"v4": 1})
    new = read(reader, after=nothing["cursor"])

    assert (tags(first), tags(second), tags(nothing), tags(new)) == (
        ["v1", "v2"],
        ["v3"],
        [],
        ["v4"],
    )
    assert (second["next"], nothing["next"]) == (None, None)
    assert nothing["cursor"] == second["cursor"]


def test_a_full_last_page_has_no_next_page(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 1})

    assert read(reader, pageSize=2)["next"] is None


def test_an_empty_feed_has_a_cursor_too(reader: Caller, registry: Registry) -> None:
    page = read(reader)
    observe(registry, "team/app", {"v1": 1})

    assert page["results"] == []
    assert tags(read(reader, after=page["cursor"])) == ["v1"]


def test_latest_returns_no_events_and_the_cursor_of_the_end(
    reader: Caller, registry: Registry
) -> None:
    observe(registry, "team/app", {"v1": 1})

    latest = read(reader, after="latest")
    observe(registry, "team/app", {"v2": 1})

    assert (latest["results"], latest["next"]) == ([], None)
    assert tags(read(reader, after=latest["cursor"])) == ["v2"]


def test_the_feed_is_filtered_by_registry_and_kind(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1})
    other = make_registry()
    observe(other, "team/app", {"w1": 1})
    observe(other, "team/app", {"w1": 2})

    assert tags(read(reader, registry=registry.pk)) == ["v1"]
    assert tags(read(reader, kind="moved")) == ["w1"]
    assert tags(read(reader, registry=registry.pk, kind="moved")) == []
    assert tags(read(reader, f"/api/registries/{other.pk}/events")) == ["w1", "w1"]
    assert tags(read(reader, f"/api/registries/{other.pk}/events", kind="moved")) == ["w1"]


def test_the_cursor_moves_past_excluded_events(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1})
    observe(make_registry(), "team/app", {"w1": 1})

    page = read(reader, registry=registry.pk)

    assert read(reader, after=page["cursor"])["results"] == []


def test_next_keeps_the_filters(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1})
    observe(make_registry(), "team/app", {"w1": 1})
    observe(registry, "team/app", {"v2": 1})

    first = read(reader, f"/api/registries/{registry.pk}/events", pageSize=1)

    assert tags(reader.get(first["next"]).json()) == ["v2"]


def test_a_cursor_stays_valid_after_its_registry_is_deleted(
    reader: Caller, registry: Registry
) -> None:
    observe(registry, "team/app", {"v1": 1})
    cursor = read(reader)["cursor"]
    forget(registry.pk)
    observe(make_registry(), "team/app", {"w1": 1})

    assert tags(read(reader, after=cursor)) == ["w1"]


def test_the_number_of_queries_does_not_grow_with_the_events(
    reader: Caller, registry: Registry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    observe(registry, "team/app", {"v1": 1})
    read(reader)  # the first use of the key is noted

    for _ in range(2):
        # The key, the end of the feed (two queries on PostgreSQL); events, their registries,
        # images, repositories.
        with django_assert_max_num_queries(7):
            read(reader)
        for number in range(30):
            observe(make_registry(), f"team/app-{number}", {"v1": number})


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("after", "1000000"),
        ("after", "9" * 18),
        ("after", "9" * 5000),
        ("after", "-1"),
        ("after", "1.0"),
        ("after", "NaN"),
        ("after", "٣"),
        ("after", "LATEST"),
        ("after", "\0"),
        ("registry", "4711"),
        ("registry", "x"),
        ("kind", "changed"),
        ("kind", "a" * 5000),
        ("pageSize", "2147483647"),
        ("pageSize", "-1"),
        ("cursor", "1"),
        ("ordering", "-id"),
    ],
)
def test_an_invalid_parameter_is_named_in_the_error(
    reader: Caller, parameter: str, value: str
) -> None:
    answer = reader.get("/api/events", {parameter: value})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [parameter]


def test_the_feed_of_a_registry_accepts_no_registry_filter(
    reader: Caller, registry: Registry
) -> None:
    answer = reader.get(f"/api/registries/{registry.pk}/events", {"registry": registry.pk})

    assert answer.status_code == 400


@pytest.mark.parametrize("number", ["0", "4711", str(2**63), "9" * 300])
def test_an_unknown_registry_has_no_feed(reader: Caller, number: str) -> None:
    assert reader.get(f"/api/registries/{number}/events").status_code == 404
