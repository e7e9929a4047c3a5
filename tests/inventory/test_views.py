from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory.models import RemovedReason, Repository
from inventory.services import remove, retire_repositories
from inventory.views import EVENTS_A_PAGE, IMAGES_A_PAGE
from registries.models import Registry
from tests.factories import make_registry
from tests.pages import author, digest_of, image_ids, observe, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def page_of(client: Client, repository: Repository, query: str = "") -> str:
    answer = client.get(reverse("repository-detail", args=[repository.pk]) + query)
    return answer.content.decode()


def test_a_tag_shows_its_whole_digest_and_its_kind_in_words(
    viewer: Client, registry: Registry
) -> None:
    page = page_of(viewer, observe(registry, "team/app", {"v1": 1}))

    assert f'title="{digest_of(1)}">{digest_of(1)}</code>' in page
    assert "OCI index" in page
    assert "Active" in page


@pytest.mark.parametrize(
    ("ending", "words"), [("sig", "Signature"), ("att", "Attestation"), ("sbom", "SBOM")]
)
def test_what_is_no_image_is_called_by_its_kind(
    viewer: Client, registry: Registry, ending: str, words: str
) -> None:
    page = page_of(viewer, observe(registry, "team/app", {f"sha256-{'a' * 64}.{ending}": 1}))

    assert f">{words}</span>" in page


def test_removed_tags_come_last_with_the_reason(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {"a-gone": 1})
    remove(image_ids(registry), RemovedReason.GONE, author(registry))
    repository = observe(registry, "team/app", {"b-here": 2})

    page = page_of(viewer, repository)

    assert page.index("b-here") < page.index("a-gone")
    assert "no longer in the registry" in page


def test_the_history_tells_what_moved_from_where_to_where_and_by_whom(
    viewer: Client, registry: Registry
) -> None:
    observe(registry, "team/app", {"v1": 1}, run_id=71)
    repository = observe(registry, "team/app", {"v1": 2}, run_id=72)

    for page in (
        page_of(viewer, repository),
        viewer.get(reverse("registry-changes", args=[registry.pk])).content.decode(),
    ):
        history = page[page.index("Digest before") :]
        assert history.index("Moved") < history.index("Added")
        assert history.index(digest_of(1)) < history.index(digest_of(2))
        assert 'href="/runs/72"' in history
        assert "tests (manual)" in history


def test_a_repository_that_is_gone_says_so(viewer: Client, registry: Registry) -> None:
    repository = observe(registry, "team/app", {"v1": 1})
    assert "Left the active inventory" not in page_of(viewer, repository)

    remove(image_ids(registry), RemovedReason.GONE, author(registry))
    retire_repositories(["team/app"], author(registry))

    assert "Left the active inventory" in page_of(viewer, repository)


def test_changes_are_read_from_the_newest_to_the_oldest(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {f"t{number:03d}": 1 for number in range(EVENTS_A_PAGE + 1)})
    address = reverse("registry-changes", args=[registry.pk])

    first = viewer.get(address)
    older = first.context["history"].older
    second = viewer.get(f"{address}?before={older}").content.decode()

    assert ":t000<" not in first.content.decode()
    assert f'href="{address}?before={older}"' in first.content.decode()
    assert ":t000<" in second
    assert "Newest" in second
    assert "Older" not in second


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 5000])
def test_nonsense_for_a_place_is_the_newest(
    viewer: Client, registry: Registry, before: str
) -> None:
    answer = viewer.get(reverse("registry-changes", args=[registry.pk]) + f"?before={before}")

    assert answer.context["history"].is_newest


def test_tags_are_paged_and_queries_do_not_grow(
    viewer: Client, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tags = {f"t{number:03d}": 1 for number in range(IMAGES_A_PAGE + 1)}
    repository = observe(registry, "team/app", tags)
    with django_assert_num_queries(6):  # session, user, repository, count, images, events
        page = page_of(viewer, repository)

    assert f'title="{digest_of(1)}"' in page
    assert '<span class="foreign">t100</span>' not in page[: page.index("History")]
    assert '<span class="foreign">t100</span>' in page_of(viewer, repository, "?page=2")
