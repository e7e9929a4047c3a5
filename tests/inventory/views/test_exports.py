from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory import export_rows
from inventory.models import Image, RemovedReason, Repository
from inventory.scan import Found
from inventory.services import forget, remove
from registries.models import Registry
from tests.api_client import caller
from tests.factories import make_registry
from tests.pages import author, image_ids, observe, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture(params=[1, 2, 1000])
def pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_rows, "_PAGE_SIZE", request.param)


@pytest.fixture
def registry() -> Registry:
    registry = make_registry(name="=production", url="https://registry.example.com")
    observe(registry, "team/app", {"v1": 1, "v2": 2, "latest": 2})
    observe(registry, "team/web", {"v1": 3})
    return registry


def get(client: Client, address: str, form: str) -> StreamingHttpResponse:
    path, _, query = address.partition("?")
    answer = cast("StreamingHttpResponse", client.get(f"{path}.{form}?{query}"))
    assert answer.status_code == 200
    return answer


def text_of(answer: StreamingHttpResponse) -> str:
    """Read the export to its end, which closes it."""
    return b"".join(cast("Iterator[bytes]", answer.streaming_content)).decode()


def rows(client: Client, address: str) -> list[dict[str, Any]]:
    return json.loads(text_of(get(client, address, "json")))  # type: ignore[no-any-return]


def lines(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(get(client, address, "csv")), newline="")))


@pytest.mark.usefixtures("pages")
def test_images_are_those_of_all_pages(viewer: Client, registry: Registry) -> None:
    tags = [f"{row['repository']}:{row['tag']}" for row in rows(viewer, "/inventory/export?q=v")]

    assert tags == ["team/app:v1", "team/web:v1", "team/app:v2"]
    assert [line["tag"] for line in lines(viewer, "/inventory/export?q=v")] == ["v1", "v1", "v2"]
    assert len(rows(viewer, "/inventory/export?show=images")) == 4
    assert len(rows(viewer, "/inventory/export?q=team/app:v")) == 2


def test_an_image_has_the_fields_of_the_api(viewer: Client, registry: Registry) -> None:
    Image.objects.filter(tag="latest").update(
        size=5, platforms=["linux/amd64"], pushed_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    remove(image_ids(registry)[:1], RemovedReason.GONE, author(registry))
    body = caller(Role.VIEWER).get("/api/images?removed=any").json()["results"]

    exported = {row["id"]: row for row in rows(viewer, "/inventory/export?removed=any&show=images")}

    assert len(body) == 4
    for image in body:
        assert exported[image["id"]] == {
            name: value for name, value in image.items() if name != "provider"
        }


def test_a_change_has_the_fields_of_the_api(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 9})
    body = caller(Role.VIEWER).get("/api/events").json()["results"]

    assert rows(viewer, "/changes/export") == list(reversed(body))


def test_a_repository_has_the_fields_of_the_api(viewer: Client, registry: Registry) -> None:
    body = caller(Role.VIEWER).get("/api/repositories").json()["results"]

    assert rows(viewer, "/inventory/export?show=repositories") == body


@pytest.mark.usefixtures("pages")
def test_repositories_changes_and_tags_are_those_of_all_pages(
    viewer: Client, registry: Registry
) -> None:
    names = [row["name"] for row in rows(viewer, "/inventory/export?show=repositories&q=team")]
    assert names == ["team/app", "team/web"]

    observe(registry, "team/app", {"v1": 9}, run_id=9)
    assert [row["runId"] for row in rows(viewer, "/changes/export")] == [9, 1, 1, 1, 1]
    assert [row["tag"] for row in rows(viewer, "/changes/export?run=9")] == ["v1"]

    app = Repository.objects.get(name="team/app")
    tags = f"/repositories/{app.pk}/export"
    assert [row["tag"] for row in rows(viewer, f"{tags}?sort=tag")] == ["latest", "v1", "v2"]
    assert [row["tag"] for row in rows(viewer, f"{tags}?tags_q=v&sort=tag")] == ["v1", "v2"]
    assert rows(viewer, f"{tags}?show=removed") == []


def test_a_formula_is_escaped_in_csv_and_unchanged_in_json(
    viewer: Client, registry: Registry
) -> None:
    assert {line["registry"] for line in lines(viewer, "/inventory/export")} == {"'=production"}
    assert {row["registry"] for row in rows(viewer, "/inventory/export")} == {"=production"}


def test_an_export_is_a_file_with_a_name_and_date(viewer: Client, registry: Registry) -> None:
    answer = get(viewer, "/changes/export", "csv")

    assert re.fullmatch(
        r'attachment; filename="harborguard-changes-\d{4}-\d\d-\d\d\.csv"',
        answer["Content-Disposition"],
    )
    assert answer["Content-Type"].startswith("text/csv; charset=utf-8")
    assert answer["Cache-Control"] == "no-store, private"
    text_of(answer)


@pytest.mark.parametrize(
    "address",
    [
        "/inventory/export.csv?registry=nowhere",
        "/inventory/export.json?kind=nonsense",
        "/changes/export.csv?since=nonsense",
        "/repositories/999999/export.csv",
    ],
)
def test_an_invalid_filter_exports_nothing(viewer: Client, address: str) -> None:
    assert viewer.get(address).status_code == 404


def test_concurrent_exports_are_limited(viewer: Client, registry: Registry) -> None:
    sent = [get(viewer, "/changes/export", "csv") for _ in range(2)]

    busy = viewer.get("/changes/export.csv")
    assert busy.status_code == 503
    assert busy["Retry-After"] == "30"
    assert "Too many exports" in busy.content.decode()

    for answer in sent:
        text_of(answer)
    text_of(get(viewer, "/changes/export", "csv"))


def test_a_head_request_holds_no_slot(viewer: Client, registry: Registry) -> None:
    for _ in range(3):
        answer = cast("StreamingHttpResponse", viewer.head("/inventory/export.csv"))
        assert answer.status_code == 200
        assert text_of(answer) == ""


def test_an_export_breaks_off_if_its_registry_is_deleted_meanwhile(
    registry: Registry,
) -> None:
    first = image_ids(registry)[:1]
    found = export_rows.image_rows(lambda after, size: Found(first, after=first[0]))
    next(found)

    forget(registry.pk)

    with pytest.raises(Image.DoesNotExist):
        next(found)


def test_the_number_of_queries_is_fixed_per_thousand_rows(
    viewer: Client, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # Session, user; ids, images, registries, repositories.
    with django_assert_num_queries(6):
        rows(viewer, "/inventory/export?q=:v")
