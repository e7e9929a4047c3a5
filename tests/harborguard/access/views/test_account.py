from __future__ import annotations

import re

import pytest
from django.test import Client

from harborguard.access.keys import create_key
from harborguard.access.models import ApiKey, AuditEntry, Role, User
from tests.factories import SOMEBODY, make_user

pytestmark = pytest.mark.django_db

MADE = re.compile(r'<code class="new-key[^"]*">([^<]+)</code>')


@pytest.fixture
def me() -> User:
    return make_user(Role.ADMIN, username="me")


@pytest.fixture
def admin(me: User) -> Client:
    client = Client()
    client.force_login(me)
    return client


@pytest.fixture
def ada() -> User:
    return make_user(username="ada", password="correct horse")


def sent(client: Client, user: User, button: str = "", **form: object) -> str:
    answer = client.post(f"/users/{user.pk}{button}", form, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def told(user: User) -> list[str]:
    entries = AuditEntry.objects.filter(object_type="user", object_id=user.pk).order_by("pk")
    return list(entries.values_list("action", flat=True))


def test_a_role_counts_at_once(admin: Client, ada: User) -> None:
    theirs = Client()
    theirs.force_login(ada)

    assert "ada was changed." in sent(admin, ada, role=80, is_active="on")

    assert theirs.get("/users").status_code == 200
    assert told(ada) == ["user.changed"]


def test_who_is_deactivated_is_out_and_comes_back_with_the_same_password(
    admin: Client, ada: User
) -> None:
    theirs = Client()
    theirs.force_login(ada)

    sent(admin, ada, role=20)
    assert theirs.get("/profile")["Location"] == "/login?next=/profile"

    sent(admin, ada, role=20, is_active="on")
    form = {"username": "ada", "password": "correct horse"}
    assert Client().post("/login", form)["Location"] == "/"


def test_a_new_password_is_made_and_ends_the_old_one_and_its_browsers(
    admin: Client, ada: User
) -> None:
    theirs = Client()
    theirs.force_login(ada)

    [made] = MADE.findall(sent(admin, ada, "/password"))

    ada.refresh_from_db()
    assert ada.check_password(made)
    assert theirs.get("/profile").status_code == 302
    assert told(ada) == ["user.password_changed"]
    assert made not in repr(AuditEntry.objects.values())


def test_a_password_that_does_not_fit_changes_nothing(admin: Client, ada: User) -> None:
    assert "too short" in sent(admin, ada, "/password", password="short")

    ada.refresh_from_db()
    assert ada.check_password("correct horse")


def test_who_is_deleted_takes_the_keys_along(admin: Client, ada: User) -> None:
    create_key(ada, "ci", Role.VIEWER, by=SOMEBODY)
    assert "1 API key that works today" in admin.get(f"/users/{ada.pk}/delete").content.decode()
    assert ApiKey.objects.exists()

    assert "ada was deleted." in sent(admin, ada, "/delete")

    assert not ApiKey.objects.exists()
    assert told(ada) == ["user.deleted"]


@pytest.mark.parametrize("button", ["", "/password", "/delete"])
def test_ones_own_account_is_left_to_another_admin(admin: Client, me: User, button: str) -> None:
    make_user(Role.ADMIN)

    sent(admin, me, button, role=20, password="battery staple 7")

    stored = User.objects.get(pk=me.pk)
    assert (stored.role, stored.is_active, stored.password) == (me.role, True, me.password)
    assert told(me) == []
    shown = admin.get(f"/users/{me.pk}").content.decode()
    assert "Only another admin can change its role" in shown
    assert "/delete" not in shown


@pytest.mark.parametrize("button", ["", "/delete"])
def test_the_last_who_can_sign_in_as_admin_stays(button: str) -> None:
    client = Client()
    client.force_login(make_user(Role.ADMIN, password=None))
    other = make_user(Role.ADMIN)

    shown = sent(client, other, button, role=Role.VIEWER.value, is_active="on")

    assert "No other account can sign in as admin" in shown
    assert User.objects.get(pk=other.pk).role == Role.ADMIN


def test_who_is_not_there_is_not_found(admin: Client) -> None:
    for button in ("", "/password", "/delete"):
        assert admin.post(f"/users/999999{button}").status_code == 404


def test_opening_a_buttons_address_changes_nothing(admin: Client, ada: User) -> None:
    answer = admin.get(f"/users/{ada.pk}/password")

    assert answer["Location"] == f"/users/{ada.pk}"
    assert User.objects.get(pk=ada.pk).password == ada.password


def test_what_was_tried_at_the_door_is_told(admin: Client, ada: User) -> None:
    Client(REMOTE_ADDR="192.0.2.9").post("/login", {"username": "ada", "password": "wrong"})

    shown = admin.get(f"/users/{ada.pk}").content.decode()

    assert "wrong password" in shown
    assert "192.0.2.9" in shown
