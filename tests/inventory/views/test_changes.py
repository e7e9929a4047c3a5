from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory import change_log
from inventory.models import ImageEvent, RemovedReason, Repository
from inventory.services import remove
from inventory.views.changes import EVENTS_PER_PAGE
from registries.models import Registry
from tests.factories import make_registry
from tests.pages import author, image_ids, observe, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    """A repository whose tags were added in run 71, one of which was removed in run 72."""
    registry = make_registry(name="production")
    observe(registry, "team/app", {"v1": 1, "v2": 2}, run_id=71)
    remove(image_ids(registry)[:1], RemovedReason.GONE, author(registry, 72))
    return registry


@pytest.fixture
def other(registry: Registry) -> Registry:
    other = make_registry(name="mirror")
    observe(other, "team/copy", {"v1": 1}, run_id=73)
    return other


def shown(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/changes{query}")
    assert answer.status_code == 200
    events = [event for _, of_day in answer.context["days"] for event in of_day]
    return [f"{event.kind} {event.image.repository.name}:{event.image.tag}" for event in events]


def test_the_newest_changes_come_first(viewer: Client, other: Registry) -> None:
    assert shown(viewer) == [
        "added team/copy:v1",
        "removed team/app:v1",
        "added team/app:v2",
        "added team/app:v1",
    ]


def test_filters_are_combined(viewer: Client, other: Registry) -> None:
    repository = Repository.objects.get(name="team/app")

    assert shown(viewer, "?registry=mirror") == ["added team/copy:v1"]
    assert shown(viewer, "?kind=removed") == ["removed team/app:v1"]
    assert shown(viewer, "?registry=mirror&kind=removed") == []
    assert shown(viewer, "?run=72") == ["removed team/app:v1"]
    assert shown(viewer, "?run=72&kind=added") == []
    assert shown(viewer, "?run=71&registry=mirror") == []
    assert len(shown(viewer, f"?repository={repository.pk}")) == 3
    assert len(shown(viewer, f"?repository={repository.pk}&kind=added")) == 2
    assert shown(viewer, f"?repository={repository.pk}&registry=mirror") == []


def test_the_registry_is_scanned_for_a_repository_with_many_tags(
    viewer: Client, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe(Registry.objects.get(name="production"), "team/else", {"v1": 1})
    monkeypatch.setattr(change_log, "_FEW_IMAGES", 0)
    repository = Repository.objects.get(name="team/app")

    assert len(shown(viewer, f"?repository={repository.pk}")) == 3


def test_days_start_and_end_at_midnight_utc(viewer: Client, other: Registry) -> None:
    moments = [
        datetime(2026, 2, 27, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 2, 28, tzinfo=UTC),
        datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    ]
    for event, at in zip(ImageEvent.objects.order_by("pk"), moments, strict=True):
        ImageEvent.objects.filter(pk=event.pk).update(at=at)

    day = ["removed team/app:v1", "added team/app:v2"]
    assert shown(viewer, "?since=2026-02-28&until=2026-02-28") == day
    assert shown(viewer, "?since=2026-03-01") == ["added team/copy:v1"]
    assert shown(viewer, "?until=2026-02-27") == ["added team/app:v1"]
    assert shown(viewer, "?since=2027-01-01") == []
    assert shown(viewer, "?until=2020-01-01") == []
    assert len(shown(viewer, "?since=0001-01-01&until=9999-12-31")) == 4
    headings = viewer.get("/changes").content.decode()
    assert headings.index("Sunday, March 1, 2026") < headings.index("Saturday, February 28, 2026")


def test_events_of_concurrent_transactions_belong_to_their_own_day(
    viewer: Client, other: Registry
) -> None:
    """Write two events, the one with the larger id on the day before."""
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    first, second, *rest = ImageEvent.objects.order_by("pk")
    for event, at in (
        (first, midnight),
        (second, midnight.replace(month=2, day=28, hour=23, minute=59)),
        *((event, midnight.replace(hour=5)) for event in rest),
    ):
        ImageEvent.objects.filter(pk=event.pk).update(at=at)

    assert shown(viewer, "?until=2026-02-28") == ["added team/app:v2"]
    assert "added team/app:v1" in shown(viewer, "?since=2026-03-01")


@pytest.mark.parametrize(
    "query",
    [
        "?registry=nowhere",
        "?kind=nonsense",
        "?since=nonsense",
        "?since=2026-03-01&until=2026-02-28",
        "?run=0",
        "?run=9223372036854775808",
        "?repository=999999",
    ],
)
def test_an_invalid_filter_is_reported(viewer: Client, other: Registry, query: str) -> None:
    answer = viewer.get(f"/changes{query}")

    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert "team/app" not in answer.content.decode()


def test_changes_are_paged_from_newest_to_oldest(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/many", {f"t{number:03d}": 1 for number in range(EVENTS_PER_PAGE)})
    page = viewer.get("/changes?kind=added")
    last = page.context["more"]

    assert f'href="/changes?kind=added&amp;after={last}"' in page.content.decode()
    assert shown(viewer, f"?kind=added&after={last}") == ["added team/app:v2", "added team/app:v1"]


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 5000])
def test_an_invalid_position_shows_the_newest_changes(
    viewer: Client, registry: Registry, after: str
) -> None:
    assert len(shown(viewer, f"?after={after}")) == 3


def test_only_the_unfiltered_first_page_polls(viewer: Client, registry: Registry) -> None:
    assert 'hx-trigger="every 30s"' in viewer.get("/changes").content.decode()
    assert 'hx-trigger="every 30s"' not in viewer.get("/changes?kind=added").content.decode()


def test_the_changes_url_of_a_registry_redirects_to_the_filtered_page(
    viewer: Client, registry: Registry
) -> None:
    answer = viewer.get(f"/registries/{registry.pk}/changes")

    assert answer["Location"] == f"/changes?registry={registry.pk}"
    assert viewer.get("/registries/999999/changes").status_code == 404
    assert f'value="{registry.name}"' in viewer.get(answer["Location"]).content.decode()


def test_the_number_of_queries_does_not_grow(
    viewer: Client, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        observe(make_registry(), "team/app", {"v1": 1, "v2": 2})
    # Session, user; ids, events, their registries, images, repositories.
    with django_assert_num_queries(7):
        shown(viewer)
    with django_assert_num_queries(10):  # the registry, and where the days begin and end
        shown(viewer, "?registry=production&since=2020-01-01&until=2099-01-01&kind=added")
