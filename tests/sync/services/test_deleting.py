from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpResponseBase
from django.urls import reverse

from harborguard.access.models import AuditEntry, Role
from inventory.models import Image, ImageEvent, Repository
from registries.models import Credential, Registry, RegistryQuerySet
from registries.transport.endpoint import Credential as Login
from sync.models import SyncRun
from sync.runs.lifecycle import LeaseLost, renew
from sync.services.deleting import delete_registry
from tests.api_client import caller
from tests.factories import SOMEBODY, make_claim, make_registry
from tests.fakes.http_server import fake_server
from tests.fakes.registry import serve_repositories
from tests.pages import signed_in
from tests.sync_run import inventory_of, sync

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_a_deleted_connection_leaves_nothing_and_its_neighbour_everything() -> None:
    with fake_server() as server:
        serve_repositories(server, ["team/app"], ["v1", "v2"])
        ours, theirs = (
            make_registry(url=server.url, insecure=True, login=Login("me", "secret"))
            for _ in range(2)
        )
        for registry in (ours, theirs):
            sync(registry)
    delete_registry(Registry.objects.get(pk=ours.pk), by=SOMEBODY)
    assert list(Registry.objects.all()) == [theirs]
    for model in (Repository, Image, ImageEvent, SyncRun, Credential):
        assert set(model.objects.values_list("registry", flat=True)) == {theirs.pk}
    assert inventory_of(theirs)["team/app"].keys() == {"v1", "v2"}


def test_a_worker_in_the_middle_of_it_writes_nothing_more() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    delete_registry(registry, by=SOMEBODY)
    with pytest.raises(LeaseLost):
        renew(claim)


def at_the_api(registry: Registry) -> HttpResponseBase:
    return caller(Role.ADMIN).delete(f"/api/registries/{registry.pk}")


def at_the_page(registry: Registry) -> HttpResponseBase:
    address = reverse("registry-delete", args=[registry.pk])
    return signed_in(Role.ADMIN).post(address, {"name": registry.name})


def at_the_admin(registry: Registry) -> HttpResponseBase:
    address = reverse("admin:registries_registry_delete", args=[registry.pk])
    return signed_in(Role.ADMIN).post(address, {"post": "yes"})


def many_at_the_admin(registry: Registry) -> HttpResponseBase:
    form = {"action": "delete_selected", "_selected_action": [registry.pk], "post": "yes"}
    return signed_in(Role.ADMIN).post(reverse("admin:registries_registry_changelist"), form)


@pytest.mark.parametrize(
    ("delete", "status"),
    [(at_the_api, 404), (at_the_page, 404), (at_the_admin, 404), (many_at_the_admin, 302)],
)
def test_the_second_of_two_who_delete_it_has_deleted_nothing(
    monkeypatch: pytest.MonkeyPatch,
    delete: Callable[[Registry], HttpResponseBase],
    status: int,
) -> None:
    registry = make_registry()
    fence_off = RegistryQuerySet.fence_off

    def lose_the_race(registries: RegistryQuerySet) -> int:
        registries.delete()
        return fence_off(registries)

    monkeypatch.setattr(RegistryQuerySet, "fence_off", lose_the_race)

    assert delete(registry).status_code == status
    assert not AuditEntry.objects.filter(action=AuditEntry.Action.REGISTRY_DELETED).exists()
