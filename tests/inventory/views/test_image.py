from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory.models import Image, RemovedReason
from inventory.services import remove
from registries.models import Registry
from tests.factories import make_registry
from tests.pages import author, digest_of, image_ids, observe, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="production", url="https://registry.example.com")


def page_of(client: Client, **image: str) -> str:
    answer = client.get(f"/images/{Image.objects.get(**image).pk}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_has_pull_references_by_tag_and_digest(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1})

    page = page_of(viewer, tag="v1")

    assert ">registry.example.com/team/app:v1</code>" in page
    assert f">registry.example.com/team/app@{digest_of(1)}</code>" in page


def test_the_timeline_shows_every_move_of_the_tag(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1}, run_id=71)
    observe(registry, "team/app", {"v1": 2}, run_id=72)
    remove(image_ids(registry), RemovedReason.FILTERED, author(registry, 73))
    observe(registry, "team/app", {"v1": 2}, run_id=74)

    page = page_of(viewer, tag="v1")
    timeline = page[page.index('<ol class="timeline">') :]

    words = ["Restored", "run 74", "Removed: outside the filters", "run 73", "Moved", "run 72"]
    places = [timeline.index(word) for word in [*words, "Added", "run 71", digest_of(1)][:-1]]
    assert places == sorted(places)
    assert "tests (manual)" in timeline


def test_the_history_is_paged(
    viewer: Client, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory.views.image.EVENTS_PER_PAGE", 1)
    for number in (1, 2):
        observe(registry, "team/app", {"v1": number})
    address = f"/images/{Image.objects.get().pk}"

    first = viewer.get(address)
    after = first.context["more"]
    assert [event.kind for event in first.context["events"]] == ["moved"]
    second = viewer.get(f"{address}?after={after}")
    assert [event.kind for event in second.context["events"]] == ["added"]
    assert second.context["more"] is None


def test_other_active_tags_with_the_digest_are_listed(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1, "gone": 1})
    remove([Image.objects.get(tag="gone").pk], RemovedReason.GONE, author(registry))
    mirror = make_registry(name="mirror")
    observe(mirror, "copies/app", {"stable": 1, "other": 2})

    page = page_of(viewer, tag="v1")

    assert ">copies/app:stable</a>" in page
    assert "in mirror" in page
    assert ":other</a>" not in page
    assert ":gone</a>" not in page
    assert "No other tag" not in page
    assert "No other tag in any registry" in page_of(viewer, tag="other")


def test_a_digest_with_many_tags_links_to_all_of_them(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {f"t{number}": 1 for number in range(22)})

    page = page_of(viewer, tag="t0")

    assert f'href="/inventory?q={digest_of(1).replace(":", "%3A")}"' in page
    assert page.count('</a> <span class="text-secondary foreign">in production') == 20


def test_signatures_and_images_link_to_each_other(viewer: Client, registry: Registry) -> None:
    signature = digest_of(1).replace(":", "-") + ".sig"
    observe(registry, "team/app", {"v1": 1, "v2": 2, signature: 3})
    observe(registry, "team/other", {"v1": 1})
    image = Image.objects.get(tag="v1", repository__name="team/app")
    companion = Image.objects.get(tag=signature)

    page = viewer.get(f"/images/{image.pk}").content.decode()
    assert f'<a href="/images/{companion.pk}">Signature</a>' in page
    assert f'href="/images/{image.pk}">team/app:v1</a>' in page_of(viewer, tag=signature)
    assert "Signatures and attestations" not in page_of(viewer, tag="v2")


def test_the_number_of_queries_does_not_grow(
    viewer: Client, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    signature = digest_of(1).replace(":", "-") + ".sig"
    observe(registry, "team/app", {"v1": 1, signature: 2})
    for _ in range(5):
        observe(make_registry(), "team/app", {"v2": 1})
    # Session, user; image, registry, repository; events; others, their registries and
    # repositories; companions.
    address = f"/images/{Image.objects.get(tag='v1').pk}"
    with django_assert_num_queries(10):
        viewer.get(address)
