"""Pages by cursor, of lists that the product has."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory.models import Image, Repository
from registries.models import Registry
from tests.api_client import Caller, caller
from tests.factories import make_registry

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
_START = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = count()


@pytest.fixture
def reader() -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def make_images(registry: Registry, *minutes: int) -> list[int]:
    """Images that have changed so many minutes after the start; return their ids."""
    repository, _ = Repository.objects.get_or_create(
        registry=registry, name="team/app", defaults={"first_seen_at": _START}
    )
    made = Image.objects.bulk_create(
        Image(
            registry=registry,
            repository=repository,
            tag=f"v{next(_numbers)}",
            first_seen_at=_START,
            changed_at=_START + timedelta(minutes=minute, microseconds=minute),
        )
        for minute in minutes
    )
    return [image.pk for image in made]


def ids(page: Any) -> list[int]:
    return [row["id"] for row in page["results"]]


def walk(reader: Caller, path: str, direction: str = "next") -> list[list[int]]:
    """The ids of every page, from this one on."""
    pages = []
    following: str | None = path
    while following:
        page = reader.get(following).json()
        pages.append(ids(page))
        following = page[direction]
    return pages


def flat(pages: list[list[int]]) -> list[int]:
    return list(chain.from_iterable(pages))


def last_page(reader: Caller, path: str) -> Any:
    page = reader.get(path).json()
    while page["next"]:
        page = reader.get(page["next"]).json()
    return page


def cursor_of(*members: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("ordering", ["id", "-id", "changedAt", "-changedAt"])
def test_every_row_is_on_one_page_forwards_and_backwards(
    reader: Caller, registry: Registry, ordering: str, rows: int
) -> None:
    made = make_images(registry, *range(rows))
    expected = made[::-1] if ordering.startswith("-") else made
    path = f"/api/images?pageSize=2&ordering={ordering}"

    forwards = walk(reader, path)
    end = last_page(reader, path)
    backwards = [ids(end), *(walk(reader, end["previous"], "previous") if end["previous"] else [])]

    assert flat(forwards) == expected
    assert all(len(page) == 2 for page in forwards[:-1])
    assert flat(backwards[::-1]) == expected


@pytest.mark.parametrize("ordering", ["changedAt", "-changedAt"])
def test_rows_that_are_alike_are_in_the_order_of_their_ids(
    reader: Caller, registry: Registry, ordering: str
) -> None:
    made = make_images(registry, 1, 1, 1, 1, 1, 0, 0)
    expected = [*made[5:], *made[:5]]
    if ordering.startswith("-"):
        expected.reverse()

    pages = walk(reader, f"/api/images?pageSize=2&ordering={ordering}")

    assert flat(pages) == expected


def test_the_first_page_has_no_previous_and_the_last_no_next(
    reader: Caller, registry: Registry
) -> None:
    make_images(registry, *range(4))

    first = reader.get("/api/images?pageSize=2").json()
    last = reader.get(first["next"]).json()
    back = reader.get(last["previous"]).json()

    assert (first["previous"], last["next"], back["previous"]) == (None, None, None)
    assert back == first


def test_rows_that_come_and_go_in_between_make_no_other_row_appear_twice_or_never(
    reader: Caller, registry: Registry
) -> None:
    made = make_images(registry, 10, 20, 30, 40, 50)
    first = reader.get("/api/images?pageSize=2&ordering=changedAt").json()
    Image.objects.filter(pk__in=[made[1], made[3]]).delete()
    before, after = make_images(registry, 5, 35)

    pages = walk(reader, first["next"])

    assert flat(pages) == [made[2], after, made[4]]
    assert before not in flat(pages)


def test_a_page_whose_rows_have_all_gone_leads_back_to_the_beginning(
    reader: Caller, registry: Registry
) -> None:
    made = make_images(registry, *range(4))
    second = reader.get(reader.get("/api/images?pageSize=2").json()["next"]).json()
    Image.objects.filter(pk__in=made[:2]).delete()

    gone = reader.get(second["previous"]).json()

    assert gone["results"] == []
    assert ids(reader.get(gone["next"]).json()) == made[2:]


def test_the_filters_go_with_the_cursor(reader: Caller, registry: Registry) -> None:
    made = make_images(registry, *range(5))
    make_images(make_registry(), *range(5))

    pages = walk(reader, f"/api/images?pageSize=2&registry={registry.pk}")

    assert flat(pages) == made


def test_a_list_in_the_order_of_names_is_walked_whole(reader: Caller) -> None:
    names = ["b", "a", "a/b", "b", "a", "c"]
    for name in names:
        Repository.objects.create(registry=make_registry(), name=name, first_seen_at=_START)

    found = []
    following = "/api/repositories?pageSize=1"
    while following:
        page = reader.get(following).json()
        found += [row["name"] for row in page["results"]]
        following = page["next"]

    assert found == sorted(names)


def test_a_page_asks_the_same_questions_wherever_it_is(
    reader: Caller, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_images(registry, *range(40))
    first = reader.get("/api/images?pageSize=1").json()
    deep = reader.get("/api/images?pageSize=30").json()["next"]

    for path in (first["next"], deep):
        with django_assert_num_queries(4):  # the key, the images, their registries, repositories
            reader.get(path)


_NOW = _START.isoformat()


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "%20",
        "%F0%9F%98%80",
        "x" * 5000,
        "bnVsbA",
        cursor_of(),
        cursor_of("changedAt", 0, _NOW),
        cursor_of("changedAt", 0, _NOW, "1"),
        cursor_of("changedAt", 0, _NOW, True),
        cursor_of("changedAt", 0, _NOW, 0),
        cursor_of("changedAt", 0, _NOW, -1),
        cursor_of("changedAt", 0, _NOW, 2**63),
        cursor_of("changedAt", 0, _NOW, 1.5),
        cursor_of("changedAt", 0, _NOW, float("nan")),
        cursor_of("changedAt", 0, 5, 1),
        cursor_of("changedAt", 0, None, 1),
        cursor_of("changedAt", 0, "yesterday", 1),
        cursor_of("changedAt", 0, "2026-01-01T00:00:00", 1),
        cursor_of("changedAt", 0, "2026-13-01T00:00:00Z", 1),
        cursor_of("changedAt", 0, "0001-01-01T00:00:00+14:00", 1),
        cursor_of("changedAt", 0, "9999-12-31T23:59:59-14:00", 1),
        cursor_of("changedAt", 0, "2026-01-01T00:00:00\0", 1),
        cursor_of("changedAt", 0, "\ud800", 1),
        cursor_of("-changedAt", 0, _NOW, 1),
        cursor_of("id", 0, "1", 1),
        cursor_of(["changedAt"], 0, _NOW, 1),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
        base64.urlsafe_b64encode(b'["changedAt", 0, "", ' + b"9" * 5000 + b"]").decode(),
    ],
)
def test_a_cursor_that_is_none_of_this_list_is_refused(reader: Caller, forged: str) -> None:
    answer = reader.get(f"/api/images?ordering=changedAt&cursor={forged}")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["cursor"]


@pytest.mark.parametrize("name", ["\0", "\ud800", "a\0", "", 5, ["a"], "a" * 300])
def test_a_cursor_with_a_name_that_no_row_can_have_is_refused(reader: Caller, name: object) -> None:
    answer = reader.get(f"/api/repositories?cursor={cursor_of('name', 0, name, 1)}")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["cursor"]


@pytest.mark.parametrize(
    "size", ["0", "-1", "201", "2147483647", "1" * 5000, "NaN", "1.5", "1e1", "٣", "five"]
)
def test_a_page_size_out_of_bounds_is_refused(reader: Caller, size: str) -> None:
    answer = reader.get("/api/images", {"pageSize": size})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["pageSize"]


@pytest.mark.parametrize("ordering", ["tag", "--id", "id,changedAt", "changed_at", "?", "-"])
def test_an_order_that_the_list_does_not_offer_is_refused(reader: Caller, ordering: str) -> None:
    answer = reader.get("/api/images", {"ordering": ordering})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["ordering"]
