"""The list of a registry's dry runs: visibility and paging."""

from __future__ import annotations

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory.reconcile import Key
from registries.errors import AuthenticationFailed
from registries.models import Registry
from sync.dry_runs import lifecycle
from sync.dry_runs.attempt import TagChange
from sync.models import DryRunChange
from sync.views import dry_runs
from tests.factories import make_dry_run, make_registry
from tests.pages import digest_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="ours")


def page(registry: Registry, role: Role = Role.VIEWER, query: str = "") -> str:
    address = reverse("dry-run-list", args=[registry.pk])
    return signed_in(role).get(address + query).content.decode()


def test_each_dry_run_shows_its_settings_and_changes(registry: Registry) -> None:
    gone = TagChange(DryRunChange.Kind.REMOVED, Key("a", "v1"), digest_of(1), reason="gone")
    found = make_dry_run(registry, gone, schedule="weekly", tag_exclude=["v9"])
    failed = make_dry_run(registry, error=AuthenticationFailed("Refused"))
    live = lifecycle.request(registry.pk, {})
    make_dry_run(other := make_registry())

    body = page(registry, Role.ADMIN)

    for one in (found, failed, live):
        assert f'href="/dry-runs/{one.pk}">Dry run {one.pk}</a>' in body
    assert body.count(">Dry run ") == 3
    assert "Schedule, Exclude tags" in body
    assert "1 removed" in body
    assert "authentication_failed" in body
    assert "Not known yet" in body
    assert other.name not in body


def test_changes_of_a_failed_dry_run_are_marked(registry: Registry) -> None:
    kinds = DryRunChange.Kind
    back = TagChange(kinds.RELEASED, Key("a", "v1"), digest_of(1), digest_of(1))
    added = TagChange(kinds.ADDED, Key("a", "v2"), new=digest_of(2))
    make_dry_run(registry, back)
    make_dry_run(registry, back, added, error=AuthenticationFailed("Refused"))

    body = page(registry)

    assert ">1 no longer held</td>" in body
    assert ">1 added, 1 no longer held before it failed</td>" in body


def test_dry_runs_with_other_settings_are_only_listed_for_admins(registry: Registry) -> None:
    secret, plain = make_dry_run(registry, tag_exclude=["v9"]), make_dry_run(registry)

    for role in (Role.VIEWER, Role.DEVELOPER):
        body = page(registry, role)
        assert f"/dry-runs/{plain.pk}" in body
        assert f"/dry-runs/{secret.pk}" not in body
    assert f"/dry-runs/{secret.pk}" in page(registry, Role.ADMIN)


def test_dry_runs_are_paged_newest_first(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_runs, "DRY_RUNS_PER_PAGE", 2)
    first, second, third = (make_dry_run(registry) for _ in range(3))

    newest, older = page(registry), page(registry, query=f"?before={second.pk}")

    for one, is_new in ((third, True), (second, True), (first, False)):
        assert (f"/dry-runs/{one.pk}" in newest) == is_new
        assert (f"/dry-runs/{one.pk}" in older) != is_new
    assert f"?before={second.pk}" in newest


def test_an_empty_list_explains_dry_runs(registry: Registry) -> None:
    assert "No dry runs yet. A dry run reads the registry" in page(registry)
    assert f'action="/registries/{registry.pk}/dry-run"' not in page(registry)
    assert f'action="/registries/{registry.pk}/dry-run"' in page(registry, Role.DEVELOPER)


def test_the_list_is_linked_from_the_registry_and_each_dry_run(registry: Registry) -> None:
    address = reverse("dry-run-list", args=[registry.pk])
    client = signed_in(Role.VIEWER)
    found = make_dry_run(registry)

    assert f'href="{address}" aria-current="page">Dry runs' in page(registry)
    for path, current in (
        (reverse("registry-detail", args=[registry.pk]), ""),
        (reverse("dry-run", args=[found.pk]), ' aria-current="true"'),
    ):
        assert f'href="{address}"{current}>Dry runs' in client.get(path).content.decode()


def test_the_number_of_queries_does_not_grow(
    registry: Registry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        make_dry_run(registry, tag_exclude=[f"v{number}"])
    client = signed_in(Role.ADMIN)
    with django_assert_max_num_queries(4):
        client.get(reverse("dry-run-list", args=[registry.pk]))
