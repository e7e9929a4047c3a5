from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from harborguard.access.models import Role
from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from sync.models import SyncRun, Trigger
from tests.factories import make_claim, make_registry, make_user
from tests.pages import observe

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user(Role.ADMIN))
    return client


def run_action(client: Client, action: str, *registries: Registry) -> str:
    form = {"action": action, "_selected_action": [registry.pk for registry in registries]}
    address = reverse("admin:registries_registry_changelist")
    return client.post(address, form, follow=True).content.decode()


def test_sync_now_tells_of_each_registry(admin: Client) -> None:
    idle, busy = make_registry(name="idle"), make_registry(name="busy")
    make_claim(busy)

    page = run_action(admin, "sync_now", idle, busy)

    run = SyncRun.objects.get(registry=idle)
    assert run.trigger == Trigger.MANUAL
    assert f"Run {run.pk} of idle was queued." in page
    assert "Not queued: A sync of busy is in progress" in page


@pytest.mark.parametrize("model", [Registry, SyncRun, Repository, Image, ImageEvent])
def test_rows_are_shown_and_not_edited(admin: Client, model: type[Registry]) -> None:
    registry = make_registry(login=Login("robot-name", "canary-secret"))
    observe(registry, "team/app", {"v1": 1}, run_id=make_claim(registry).run_id)
    label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    change = reverse(f"{label}_change", args=[model.objects.latest("pk").pk])

    assert admin.get(reverse(f"{label}_changelist")).status_code == 200
    page = admin.get(change).content.decode()
    assert 'name="_save"' not in page
    assert "canary" not in page
    assert "robot-name" not in page
    assert admin.post(change, {"name": "other"}).status_code == 403
    assert admin.get(reverse(f"{label}_add")).status_code == 403


def test_deleting_a_registry_counts_what_goes_and_takes_it_all(admin: Client) -> None:
    registry = make_registry(name="ours")
    observe(registry, "team/app", {"v1": 1})
    address = reverse("admin:registries_registry_delete", args=[registry.pk])

    assert "ours: 0 repositories, 0 images and their history" in admin.get(address).content.decode()
    admin.post(address, {"post": "yes"})

    assert not Image.objects.exists()
    assert not Registry.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_the_admin_is_for_admins(role: Role) -> None:
    client = Client()
    client.force_login(make_user(role))
    registry = make_registry()

    assert "This requires the role admin." in run_action(client, "sync_now", registry)
    assert not SyncRun.objects.exists()


def test_credentials_have_no_page(admin: Client) -> None:
    assert "redential" not in admin.get(reverse("admin:index")).content.decode()
