from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from harborguard.access.models import AuditEntry, Role
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from tests.factories import make_finished_run, make_registry
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

REALMS = ["https://a.example.com", "https://b.example.com"]


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="Ours", login=Login("robot", "secret"), trusted_realms=REALMS)


def test_it_shows_what_will_be_deleted_and_asks_for_the_name(
    admin: Client, registry: Registry
) -> None:
    make_finished_run(registry, repository_count=12, image_count=3456)

    page = admin.get(reverse("registry-delete", args=[registry.pk])).content.decode()

    assert "This cannot be undone" in page
    assert "12 repositories with 3,456 images" in page
    assert "1 run." in page
    assert Registry.objects.exists()


@pytest.mark.parametrize("typed", ["", "ours", "Ours ", " Ours", "Ours2"])
def test_a_wrong_name_deletes_nothing(admin: Client, registry: Registry, typed: str) -> None:
    answer = admin.post(reverse("registry-delete", args=[registry.pk]), {"name": typed})

    assert answer.status_code == 200
    assert answer.context["form"].errors["name"]
    assert 'id="id_name_error">' in answer.content.decode()
    assert Registry.objects.exists()


def test_the_right_name_deletes_the_registry(admin: Client, registry: Registry) -> None:
    answer = admin.post(reverse("registry-delete", args=[registry.pk]), {"name": "Ours"})

    assert answer["Location"] == reverse("registry-list")
    assert not Registry.objects.exists()


def test_removing_credentials_changes_nothing_else(admin: Client, registry: Registry) -> None:
    admin.post(reverse("registry-credential-remove", args=[registry.pk]))

    assert not Credential.objects.exists()
    assert Registry.objects.get().trusted_realms == REALMS
    assert AuditEntry.objects.filter(action=AuditEntry.Action.REGISTRY_CHANGED).count() == 1


def test_trust_in_one_token_server_is_ended(admin: Client, registry: Registry) -> None:
    address = reverse("registry-realm-remove", args=[registry.pk])

    admin.post(address, {"realm": "https://nobody.example.com"})
    assert Registry.objects.get().trusted_realms == REALMS
    admin.post(address, {"realm": REALMS[0]})
    assert Registry.objects.get().trusted_realms == REALMS[1:]
    assert Credential.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_the_danger_zone_is_for_admins_only(role: Role, registry: Registry) -> None:
    def page(client: Client) -> str:
        return client.get(reverse("registry-detail", args=[registry.pk])).content.decode()

    assert "Danger zone" not in page(signed_in(role))
    assert "Danger zone" in page(signed_in(Role.ADMIN))
