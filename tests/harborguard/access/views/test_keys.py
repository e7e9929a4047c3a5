from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from harborguard.access import limits
from harborguard.access.keys import create_key
from harborguard.access.models import ApiKey, Role
from tests.api_client import caller
from tests.factories import SOMEBODY, make_user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"hg_[0-9a-f]{40,}")


def make(client: Client, **form: Any) -> str:
    values = {"name": "ci", "role": Role.VIEWER.value, "lifetime": "", **form}
    answer = client.post("/keys", values)
    assert answer.status_code == 200
    return answer.content.decode()


def page(client: Client, query: str = "") -> str:
    return client.get(f"/keys{query}").content.decode()


def test_a_new_key_is_shown_once_and_opens_the_api() -> None:
    client = signed_in(Role.DEVELOPER)

    [secret] = SECRET.findall(make(client, role=Role.DEVELOPER.value))

    me = Client().get("/api/me", headers={"authorization": f"Bearer {secret}"}).json()
    assert me["effectiveRole"] == "developer"
    assert not SECRET.search(page(client))
    assert not any(secret in str(session.get_decoded()) for session in Session.objects.all())


def test_sending_the_form_again_shows_no_key() -> None:
    client = signed_in(Role.VIEWER)
    make(client)

    again = make(client)

    assert not SECRET.search(again)
    assert "This user already has a key with this name." in again
    assert ApiKey.objects.count() == 1


def test_pages_and_keys_together_make_so_many_keys(settings: Settings) -> None:
    settings.LIMITS = limits.configured({"keys": "1/hour"})
    client = signed_in(Role.VIEWER)
    make(client)

    assert client.post("/keys", {"name": "more", "role": 20, "lifetime": ""}).status_code == 429
    assert ApiKey.objects.count() == 1
    assert client.get("/keys").status_code == 200


def test_a_page_with_a_key_is_kept_nowhere() -> None:
    answer = signed_in(Role.VIEWER).post("/keys", {"name": "ci", "role": 20, "lifetime": ""})

    assert "no-store" in answer["Cache-Control"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.VIEWER, ["viewer"]),
        (Role.DEVELOPER, ["viewer", "developer"]),
        (Role.ADMIN, ["viewer", "developer", "admin"]),
    ],
)
def test_roles_up_to_ones_own_are_offered(role: Role, offered: list[str]) -> None:
    shown = page(signed_in(role))

    [select] = re.findall(r'<select name="role".*?</select>', shown, re.DOTALL)
    assert re.findall(r">(\w+)</option>", select) == offered


@pytest.mark.parametrize(
    "form", [{"role": 80}, {"role": "root"}, {"name": ""}, {"name": "a\tb"}, {"lifetime": "9"}]
)
def test_what_is_wrong_makes_no_key(form: dict[str, Any]) -> None:
    shown = make(signed_in(Role.DEVELOPER), **form)

    assert "invalid-feedback" in shown
    assert not ApiKey.objects.exists()


def test_a_key_expires_if_it_is_told_to() -> None:
    client = signed_in(Role.VIEWER)

    make(client, lifetime="30")

    key = ApiKey.objects.get()
    assert key.expiry is not None
    assert abs(key.expiry - timezone.now() - timedelta(days=30)) < timedelta(minutes=5)


def test_a_key_is_revoked_with_its_button() -> None:
    client = signed_in(Role.VIEWER)
    make(client)
    address = f"/keys/{ApiKey.objects.get().pk}/revoke"
    assert f'action="{address}"' in page(client)

    assert "ci is revoked" in client.post(address, follow=True).content.decode()
    assert f'action="{address}"' not in page(client)
    assert "ci was already revoked" in client.post(address, follow=True).content.decode()


def test_keys_that_are_revoked_come_last() -> None:
    client = signed_in(Role.VIEWER)
    for name in ("first", "second", "third"):
        make(client, name=name)
    client.post(f"/keys/{ApiKey.objects.get(name='third').pk}/revoke", follow=True)

    names = re.findall(r'<td class="foreign">(\w+)</td>', page(client))

    assert names == ["second", "first", "third"]


def test_opening_the_buttons_address_revokes_nothing() -> None:
    client = signed_in(Role.VIEWER)
    make(client)

    answer = client.get(f"/keys/{ApiKey.objects.get().pk}/revoke")

    assert answer["Location"] == "/keys"
    assert ApiKey.objects.get().revoked_at is None


def test_a_form_from_another_site_makes_and_revokes_nothing() -> None:
    user = make_user(Role.ADMIN)
    key, _ = create_key(user, "ci", Role.ADMIN, by=SOMEBODY)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert client.post("/keys", {"name": "x", "role": 20, "lifetime": ""}).status_code == 403
    assert client.post(f"/keys/{key.pk}/revoke").status_code == 403
    assert list(ApiKey.objects.values_list("name", "revoked_at")) == [("ci", None)]


def test_somebody_elses_key_is_an_admins_alone_to_see_and_to_revoke() -> None:
    other = caller(Role.VIEWER).key
    address = f"/keys/{other.pk}/revoke"
    developer, admin = signed_in(Role.DEVELOPER), signed_in(Role.ADMIN)

    assert other.token_key not in page(developer, "?of=everybody")
    assert developer.post(address).status_code == 404
    assert other.token_key not in page(admin)
    assert other.token_key in page(admin, "?of=everybody")
    assert admin.post(address).status_code == 302

    other.refresh_from_db()
    assert other.revoked_at is not None


def test_names_of_others_are_text() -> None:
    create_key(make_user(), "<script>alert(1)</script>", Role.VIEWER, by=SOMEBODY)

    shown = page(signed_in(Role.ADMIN), "?of=everybody")

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
