from __future__ import annotations

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from registries.models import Registry
from sync.views import held_removals
from tests.factories import make_claim, make_registry
from tests.pages import hold_everything, observe, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    registry = make_registry(name="ours")
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    observe(registry, "team/web", {"w1": 3})
    hold_everything(registry)
    observe(registry, "team/new", {"n1": 4})
    return registry


def page(registry: Registry, query: str = "", role: Role = Role.DEVELOPER) -> str:
    address = reverse("registry-held", args=[registry.pk])
    return signed_in(role).get(address + query).content.decode()


def test_all_held_images_are_listed_before_confirming(registry: Registry) -> None:
    body = page(registry)

    assert "3 images are missing from the registry" in body
    assert "team/app" in body
    assert ">w1</li>" in body
    assert "team/new" not in body
    assert "Images that are still missing are removed from the inventory" in body
    assert "Confirm removals" in body


def test_held_images_are_searched_by_repository(registry: Registry) -> None:
    body = page(registry, "?q=WEB")

    assert "team/web" in body
    assert "team/app" not in body
    assert "3 images are missing" in body


def test_held_images_are_paged(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_removals, "IMAGES_PER_PAGE", 2)
    client = signed_in(Role.VIEWER)
    address = reverse("registry-held", args=[registry.pk])

    first = client.get(address)
    second = client.get(f"{address}?after={first.context['next']}")

    seen = [image.tag for answer in (first, second) for image in answer.context["images"]]
    assert seen == ["v1", "v2", "w1"]
    assert second.context["next"] is None
    assert client.get(f"{address}?after=nonsense").context["is_first"]


def test_a_viewer_is_told_who_can_confirm(registry: Registry) -> None:
    body = page(registry, role=Role.VIEWER)

    assert "Confirm removals" not in body
    assert "A developer or admin can confirm the removals." in body


def test_confirming_is_disabled_during_a_sync(registry: Registry) -> None:
    claim = make_claim(registry)

    assert f'id="why-not-confirm">Sync in progress (run {claim.run_id}).' in page(registry)


def test_without_held_images_there_is_nothing_to_confirm() -> None:
    body = page(make_registry())

    assert "No removals are held for review" in body
    assert "Confirm removals" not in body


def test_the_number_of_queries_does_not_grow(
    registry: Registry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(Role.DEVELOPER)
    with django_assert_max_num_queries(9):
        client.get(reverse("registry-held", args=[registry.pk]))
