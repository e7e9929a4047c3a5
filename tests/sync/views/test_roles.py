from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from harborguard.access.models import Role
from registries.models import Registry
from sync.models import SyncRun, Trigger
from tests.factories import make_claim, make_registry, make_user
from tests.pages import observe, signed_in

pytestmark = pytest.mark.django_db

READ = (
    "registry-list",
    "registry-detail",
    "registry-status",
    "changes",
    "registry-held",
    "run-list",
    "delivery-list",
    "run-detail",
    "repository-detail",
)
ADMINISTER = ("registry-connect", "registry-edit", "registry-settings", "registry-delete")
# Each is denied, redirects or renders a page: none has an effect to undo.
DO = {
    "registry-sync": Role.DEVELOPER,
    "registry-confirm-removals": Role.DEVELOPER,
    "registry-test": Role.DEVELOPER,
    "registry-trust": Role.ADMIN,
    "registry-connect": Role.ADMIN,
    "registry-edit": Role.ADMIN,
    "registry-settings": Role.ADMIN,
    "registry-credential-remove": Role.ADMIN,
    "registry-realm-remove": Role.ADMIN,
    "registry-delete": Role.ADMIN,
}


@pytest.fixture
def registry() -> Registry:
    return make_registry(url="http://127.0.0.1:1", insecure=True)


def address(name: str, registry: Registry) -> str:
    if name in {"registry-list", "registry-connect", "changes"}:
        return reverse(name)
    if name == "run-detail":
        return reverse(name, args=[make_claim(registry, Trigger.MANUAL).run_id])
    if name == "repository-detail":
        return reverse(name, args=[observe(registry, "team/app", {"v1": 1}).pk])
    return reverse(name, args=[registry.pk])


@pytest.mark.parametrize("name", READ)
def test_a_viewer_can_read(name: str, registry: Registry) -> None:
    assert signed_in(Role.VIEWER).get(address(name, registry)).status_code in {200, 286}


@pytest.mark.parametrize("name", READ + ADMINISTER)
def test_an_anonymous_user_is_sent_to_the_sign_in_page(name: str, registry: Registry) -> None:
    answer = Client().get(address(name, registry))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login?next=")


@pytest.mark.parametrize("name", ADMINISTER)
def test_a_developer_sees_no_admin_forms(name: str, registry: Registry) -> None:
    assert signed_in(Role.DEVELOPER).get(address(name, registry)).status_code == 403
    assert signed_in(Role.ADMIN).get(address(name, registry)).status_code == 200


@pytest.mark.parametrize("name", DO)
@pytest.mark.parametrize("role", list(Role))
def test_every_action_requires_its_role(name: str, role: Role, registry: Registry) -> None:
    answer = signed_in(role).post(address(name, registry))

    assert (answer.status_code == 403) == (role < DO[name])


@pytest.mark.parametrize("name", DO)
def test_an_anonymous_user_changes_nothing(name: str, registry: Registry) -> None:
    answer = Client().post(address(name, registry))

    assert answer["Location"].startswith("/login?next=")
    assert Registry.objects.filter(pk=registry.pk).exists()


@pytest.mark.parametrize("name", sorted(set(DO) - set(ADMINISTER)))
def test_a_get_starts_nothing_and_redirects_to_the_registry(name: str, registry: Registry) -> None:
    answer = signed_in(Role.ADMIN).get(address(name, registry))

    assert answer.status_code == 302
    assert answer["Location"] == address("registry-detail", registry)
    assert not SyncRun.objects.exists()


def test_signing_in_after_the_session_expired_ends_on_the_registry(
    registry: Registry,
) -> None:
    user = make_user(Role.DEVELOPER, password="correct horse")
    client = Client()
    sent_on = client.post(address("registry-sync", registry))

    form = {"username": user.username, "password": "correct horse"}
    answer = client.post(sent_on["Location"], form, follow=True)

    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == address("registry-detail", registry)


@pytest.mark.parametrize("name", READ)
def test_a_page_answers_head_requests(name: str, registry: Registry) -> None:
    assert signed_in(Role.VIEWER).head(address(name, registry)).status_code in {200, 286}


def test_a_form_from_another_site_is_rejected(registry: Registry) -> None:
    client = signed_in(Role.ADMIN)
    client.handler.enforce_csrf_checks = True

    answer = client.post(address("registry-delete", registry))

    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()
    assert "CSRF_TRUSTED_ORIGINS" in answer.content.decode()


def test_a_viewer_sees_no_buttons(registry: Registry) -> None:
    page = signed_in(Role.VIEWER).get(address("registry-detail", registry)).content.decode()

    assert "Sync Now" not in page
    assert "Test Connection" not in page
    assert "Edit" not in page


def test_a_denied_action_names_the_required_role(registry: Registry) -> None:
    answer = signed_in(Role.VIEWER).get(reverse("registry-connect"))

    assert "This requires the role admin." in answer.content.decode()
