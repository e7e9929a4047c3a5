from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory.models import RemovedReason
from inventory.services import remove, retire_repositories
from registries.models import Registry
from tests.api_client import Caller, caller
from tests.factories import make_registry
from tests.pages import author, image_ids, observe

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="production")


def names(reader: Caller, **query: Any) -> list[str]:
    answer = reader.get("/api/repositories", query)
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()["results"]]


def test_a_repository_has_its_registry_and_image_count(reader: Caller, registry: Registry) -> None:
    repository = observe(registry, "team/app", {"v1": 1, "v2": 2, "v3": 3})
    remove(image_ids(registry)[:1], RemovedReason.GONE, author(registry))
    summary = {
        "id": repository.pk,
        "registryId": registry.pk,
        "registry": "production",
        "name": "team/app",
        "firstSeenAt": repository.first_seen_at.isoformat().replace("+00:00", "Z"),
        "removedAt": None,
    }

    assert reader.get("/api/repositories").json()["results"] == [summary]
    one = reader.get(f"/api/repositories/{repository.pk}").json()
    assert one == {**summary, "imageCount": 2}


def test_a_repository_without_images_has_a_count_of_zero(
    reader: Caller, registry: Registry
) -> None:
    repository = observe(registry, "team/app", {})

    assert reader.get(f"/api/repositories/{repository.pk}").json()["imageCount"] == 0


def test_repositories_are_sorted_by_name_by_default(reader: Caller, registry: Registry) -> None:
    for name in ("b", "a", "c"):
        observe(registry, name, {})

    assert names(reader) == ["a", "b", "c"]
    assert names(reader, ordering="-name") == ["c", "b", "a"]
    assert names(reader, ordering="id") == ["b", "a", "c"]


def test_repositories_are_filtered_by_registry_and_name(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {})
    observe(registry, "team/app-two", {})
    other = make_registry()
    observe(other, "team/app", {})

    assert names(reader, registry=other.pk) == ["team/app"]
    assert names(reader, name="team/app") == ["team/app", "team/app"]
    assert names(reader, name="team") == []
    assert names(reader, search="APP-", registry=registry.pk) == ["team/app-two"]
    assert names(reader, search="_") == []


def test_removed_rows_are_listed_on_request(reader: Caller, registry: Registry) -> None:
    observe(registry, "gone", {})
    observe(registry, "here", {"v1": 1})
    retire_repositories(["gone", "here"], author(registry))

    assert names(reader) == names(reader, removed="false") == ["here"]
    assert names(reader, removed="true") == ["gone"]
    assert names(reader, removed="any") == ["gone", "here"]


def test_the_number_of_queries_does_not_grow_with_the_repositories(
    reader: Caller, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    observe(registry, "team/app", {})
    reader.get("/api/repositories")  # the first use of the key is noted

    for _ in range(2):
        with django_assert_num_queries(3):  # the key; repositories, their registries
            reader.get("/api/repositories")
        for number in range(30):
            observe(make_registry(), f"team/app-{number}", {})


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("registry", "4711"),
        ("registry", "-1"),
        ("registry", "9" * 300),
        ("name", "a" * 5000),
        ("name", "\0"),
        ("search", "a" * 5000),
        ("search", "\0"),
        ("removed", "maybe"),
        ("tag", "v1"),
        ("ordering", "first_seen_at"),
        ("pageSize", "2147483647"),
        ("pageSize", "-1"),
        ("cursor", "forged"),
    ],
)
def test_an_invalid_parameter_is_named_in_the_error(
    reader: Caller, parameter: str, value: str
) -> None:
    answer = reader.get("/api/repositories", {parameter: value})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [parameter]


@pytest.mark.parametrize("number", ["0", "1", str(2**63), "9" * 300, "one"])
def test_an_unknown_repository_is_not_found(reader: Caller, number: str) -> None:
    answer = reader.get(f"/api/repositories/{number}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
