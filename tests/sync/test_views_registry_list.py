from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from sync.models import State
from sync.views.registry_list import PAGE_SIZE
from tests.factories import make_finished_run, make_registry
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


def test_it_says_what_to_do_when_nothing_is_connected() -> None:
    assert "Connect a registry" in signed_in(Role.ADMIN).get("/").content.decode()


def test_it_tells_a_viewer_who_can_connect_one(viewer: Client) -> None:
    page = viewer.get("/").content.decode()

    assert "An admin of this installation can connect one." in page
    assert "Connect a registry" not in page


def test_a_registry_shows_its_status_in_words_and_its_health_as_a_number(viewer: Client) -> None:
    registry = make_registry(name="ours")
    make_finished_run(registry, image_count=1234, repository_count=56)

    page = viewer.get("/").content.decode()

    assert "Connected" in page
    assert '<rect width="100" height="10"/>' in page
    assert "health-green" in page
    assert "1,234" in page


@pytest.mark.parametrize(
    ("good", "bad", "tone"), [(9, 1, "green"), (8, 2, "yellow"), (5, 5, "yellow"), (4, 6, "red")]
)
def test_health_has_the_colour_of_its_range(viewer: Client, good: int, bad: int, tone: str) -> None:
    registry = make_registry()
    for state in [State.SUCCEEDED] * good + [State.FAILED] * bad:
        make_finished_run(registry, state)

    assert f"health-{tone}" in viewer.get("/").content.decode()


def test_a_registry_that_never_ran_has_no_data_yet(viewer: Client) -> None:
    make_registry()

    page = viewer.get("/").content.decode()

    assert "no data yet" in page
    assert "Disconnected" in page


def test_a_name_is_never_markup(viewer: Client) -> None:
    make_registry(name="<script>alert(1)</script>")

    page = viewer.get("/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_number_of_queries_is_the_same_for_one_and_for_many(
    viewer: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_registry()
    with django_assert_num_queries(4):  # session, user, count, page
        viewer.get("/")
    for _ in range(20):
        make_registry()
    with django_assert_num_queries(4):
        viewer.get("/")


def test_more_than_a_page_is_paged(viewer: Client) -> None:
    for number in range(PAGE_SIZE + 1):
        make_registry(name=f"registry {number:03d}")

    first, second = viewer.get("/").content.decode(), viewer.get("/?page=2").content.decode()

    assert f"registry {PAGE_SIZE:03d}" not in first
    assert 'href="/?page=2"' in first
    assert f"registry {PAGE_SIZE:03d}" in second
