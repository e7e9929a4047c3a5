from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from harborguard.access.models import ApiKey, AuditEntry, Role, User
from tests.api_client import caller
from tests.factories import make_user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "battery staple 7"


@pytest.fixture
def me() -> User:
    return make_user(Role.ADMIN)


@pytest.fixture
def admin(me: User) -> Client:
    client = Client()
    client.force_login(me)
    return client


def page_of(user: User, page: str = "change") -> str:
    return reverse(f"admin:access_user_{page}", args=[user.pk])


def change(admin: Client, user: User, **fields: Any) -> str:
    form = {"username": user.username, "role": user.role, "is_active": "on", **fields}
    sent = {name: value for name, value in form.items() if value is not None}
    return admin.post(page_of(user), sent, follow=True).content.decode()


def told() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_only_the_role_admin_gets_in(role: Role) -> None:
    client = signed_in(role)
    User.objects.update(is_staff=True, is_superuser=True)

    for address in (
        "admin:index",
        "admin:access_user_changelist",
        "admin:access_apikey_changelist",
    ):
        assert client.get(reverse(address)).status_code == 403


def test_there_are_no_groups_and_no_flags_beside_the_role(admin: Client, me: User) -> None:
    assert "roups" not in admin.get(reverse("admin:index")).content.decode()
    shown = admin.get(page_of(me)).content.decode()
    assert "is_staff" not in shown
    assert "is_superuser" not in shown


def test_a_user_is_added_with_a_role_and_told_of_once(admin: Client, me: User) -> None:
    form = {"username": "ada", "role": Role.ADMIN.value, "usable_password": "true"}

    admin.post(
        reverse("admin:access_user_add"), {**form, "password1": PASSWORD, "password2": PASSWORD}
    )

    ada = User.objects.get(username="ada")
    assert (ada.role, ada.is_staff) == (Role.ADMIN, True)
    assert ada.check_password(PASSWORD)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.object_id) == ("user.created", me.username, ada.pk)
    assert entry.changes["password"] == {"from": None, "to": "***"}
    assert PASSWORD not in repr(entry.changes)


def test_a_change_is_told_with_what_was_different(admin: Client) -> None:
    user = make_user(Role.VIEWER)

    change(admin, user, role=Role.DEVELOPER.value)

    user.refresh_from_db()
    assert user.role == Role.DEVELOPER
    entry = AuditEntry.objects.get()
    assert entry.action == "user.changed"
    assert entry.changes == {"role": {"from": "viewer", "to": "developer"}}


def test_a_name_that_differs_from_another_in_case_alone_is_refused(admin: Client) -> None:
    make_user(username="ada")
    user = make_user(username="bob")

    assert "another case" in change(admin, user, username="ADA")

    user.refresh_from_db()
    assert user.username == "bob"


def test_a_password_is_set_and_told_without_it(admin: Client) -> None:
    user = make_user()
    address = reverse("admin:auth_user_password_change", args=[user.pk])
    form = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    admin.post(address, {**form, "set-password": "Change password"})

    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    entry = AuditEntry.objects.get()
    assert entry.action == "user.password_changed"
    assert entry.changes == {"password": {"from": "***", "to": "***"}}


def test_a_password_of_nobody_is_not_found(admin: Client) -> None:
    assert admin.get("/admin/access/user/999999999/password/").status_code == 404
    assert admin.get("/admin/access/user/nonsense/password/").status_code == 404


def test_the_last_admin_stays_and_the_page_says_so(admin: Client, me: User) -> None:
    password = reverse("admin:auth_user_password_change", args=[me.pk])
    form = {"usable_password": "false", "password1": "", "password2": ""}
    refused = "No other account can sign in as admin"

    assert refused in change(admin, me, role=Role.VIEWER.value)
    assert refused in change(admin, me, is_active=None)
    deleted = admin.post(page_of(me, "delete"), {"post": "yes"}, follow=True)
    assert refused in deleted.content.decode()
    unset = admin.post(password, {**form, "unset-password": "Disable"}, follow=True)
    assert refused in unset.content.decode()

    me.refresh_from_db()
    assert me.has_role(Role.ADMIN)
    assert me.has_usable_password()
    assert told() == []


def test_a_user_is_deleted_with_their_keys_and_told_of_once(admin: Client) -> None:
    user = caller(Role.VIEWER).key.user
    assert f"{user}, with API keys: 1" in admin.get(page_of(user, "delete")).content.decode()
    before = told()

    admin.post(page_of(user, "delete"), {"post": "yes"})

    assert not User.objects.filter(pk=user.pk).exists()
    assert not ApiKey.objects.exists()
    assert told()[len(before) :] == ["user.deleted"]


def test_the_admins_own_doors_lead_to_those_of_the_pages(admin: Client, me: User) -> None:
    form = {"old_password": "correct horse", "new_password1": PASSWORD, "new_password2": PASSWORD}

    assert admin.get("/admin/password_change/")["Location"] == "/password"
    assert admin.post("/admin/password_change/", form).status_code == 405
    assert admin.post("/admin/logout/").status_code == 302

    me.refresh_from_db()
    assert not me.check_password(PASSWORD)
    assert told() == ["user.signed_out"]
    assert admin.get("/admin/").status_code == 302


def test_many_users_are_not_deleted_at_once(admin: Client) -> None:
    user = make_user()
    form = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}

    admin.post(reverse("admin:access_user_changelist"), form)

    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.parametrize("model", [ApiKey, AuditEntry])
def test_keys_and_the_trail_are_shown_and_not_edited(
    admin: Client, model: type[ApiKey] | type[AuditEntry]
) -> None:
    script = caller(Role.VIEWER)
    label = f"admin:access_{model._meta.model_name}"
    row = model._default_manager.latest("pk")
    address = reverse(f"{label}_change", args=[row.pk])

    shown = admin.get(address).content.decode()

    assert admin.get(reverse(f"{label}_changelist")).status_code == 200
    assert 'name="_save"' not in shown
    assert script.key.digest not in shown
    assert admin.post(address, {"name": "other"}).status_code == 403
    assert admin.get(reverse(f"{label}_add")).status_code == 403
    assert admin.post(reverse(f"{label}_delete", args=[row.pk])).status_code == 403
