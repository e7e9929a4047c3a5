"""The repository table on a registry's page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory.models import RemovedReason, Repository
from inventory.services import remove
from registries.models import Registry
from sync.views import repository_table
from tests.factories import make_registry
from tests.pages import author, image_ids, observe, signed_in

pytestmark = pytest.mark.django_db

# Headers that htmx sends to get only the list.
ALONE = {"HX-Request": "true", "HX-Target": "repository-list"}


@pytest.fixture
def registry() -> Registry:
    registry = make_registry()
    for age, (name, tags) in enumerate([("b/two", 2), ("a/three", 3), ("c/one", 1)]):
        observe(registry, name, {f"v{tag}": tag for tag in range(tags)})
        seen = F("first_seen_at") - timedelta(days=age)
        Repository.objects.filter(name=name).update(first_seen_at=seen)
    return registry


def look(registry: Registry, query: str = "", **headers: str) -> Any:
    address = reverse("registry-detail", args=[registry.pk]) + query
    return signed_in(Role.VIEWER).get(address, headers=headers)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", ["a/three", "b/two", "c/one"]),
        ("-name", ["c/one", "b/two", "a/three"]),
        ("tags", ["c/one", "b/two", "a/three"]),
        ("-tags", ["a/three", "b/two", "c/one"]),
        ("seen", ["c/one", "a/three", "b/two"]),
        ("-seen", ["b/two", "a/three", "c/one"]),
        ("nonsense", ["a/three", "b/two", "c/one"]),
    ],
)
def test_repositories_are_sorted_by_the_query_string(
    registry: Registry, sort: str, names: list[str]
) -> None:
    answer = look(registry, f"?sort={sort}")

    assert [repository.name for repository in answer.context["page"]] == names


def test_each_repository_has_its_number_of_active_tags(registry: Registry) -> None:
    observe(registry, "d/gone", {"v1": 1})
    remove(image_ids(registry)[:1], RemovedReason.GONE, author(registry))

    answer = look(registry)

    counts = answer.context["tag_counts"]
    by_name = {one.name: counts.get(one.pk, 0) for one in answer.context["page"]}
    assert by_name == {"a/three": 3, "b/two": 1, "c/one": 1, "d/gone": 1}
    assert '<td data-label="Tags" class="text-end">3</td>' in answer.content.decode()


def test_a_script_gets_only_the_list(
    registry: Registry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(Role.VIEWER)
    address = reverse("registry-detail", args=[registry.pk])
    with django_assert_max_num_queries(7):
        answer = client.get(f"{address}?q=TWO", headers=ALONE)

    page = answer.content.decode()
    assert page.strip().startswith('<div id="repository-list">')
    assert "b/two" in page
    assert "a/three" not in page
    assert "HX-Target" in answer["Vary"]


def test_a_page_restored_from_history_is_complete(registry: Registry) -> None:
    restored = {**ALONE, "HX-History-Restore-Request": "true"}

    assert "<!doctype html>" in look(registry, **restored).content.decode()


def test_paging_keeps_search_and_sort(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository_table, "REPOSITORIES_PER_PAGE", 1)

    page = look(registry, "?q=o&sort=-tags").content.decode()

    assert "?q=o&amp;sort=-tags&amp;page=2" in page


def test_a_very_large_registry_is_not_sorted_by_tags(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_table, "SORT_BY_TAGS_MAX_IMAGES", 5)
    Registry.objects.update(image_count=6)

    answer = look(registry, "?sort=tags")

    assert [one.name for one in answer.context["page"]] == ["a/three", "b/two", "c/one"]
    assert 'id="sort-tags"' not in answer.content.decode()
