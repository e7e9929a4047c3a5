from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import AuditEntry, Role, User
from tests.api_client import Caller, caller
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "battery staple 7"


@pytest.fixture
def admin() -> Caller:
    return caller(Role.ADMIN)


def create(script: Caller, **body: Any) -> Any:
    text = json.dumps({"username": "ada", **body})
    return script.post("/api/users", text, content_type="application/json")


def patch(script: Caller, user: User, **body: Any) -> Any:
    return script.patch(f"/api/users/{user.pk}", body, format="json")


def test_a_new_user_signs_in_and_their_password_is_never_told(admin: Caller) -> None:
    answer = create(admin, role="developer", email="a@b.example", password=PASSWORD)

    assert answer.status_code == 201
    assert answer.json() == admin.get(answer["Location"]).json()
    told = answer.json()
    assert (told["username"], told["role"], told["isActive"], told["hasPassword"]) == (
        "ada",
        "developer",
        True,
        True,
    )
    assert "password" not in told
    assert PASSWORD not in answer.content.decode()
    assert Client().login(username="ada", password=PASSWORD)


def test_a_user_without_a_password_is_a_viewer_who_cannot_sign_in(admin: Caller) -> None:
    told = create(admin).json()

    assert (told["role"], told["hasPassword"]) == ("viewer", False)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"username": "a b"}, "username"),
        ({"username": "x" * 5000}, "username"),
        ({"username": "a\0"}, "username"),
        ({"username": "\ud800"}, "username"),
        ({"username": None}, "username"),
        ({"username": "taken"}, "username"),
        ({"username": "Taken"}, "username"),
        ({"role": "root"}, "role"),
        ({"role": 80}, "role"),
        ({"isActive": "maybe"}, "isActive"),
        ({"email": "nonsense"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "12345678901"}, "password"),
        ({"password": "\ud800" * 12}, "password"),
        ({"password": "x" * 5000}, "password"),
        ({"password": 948572039485}, "password"),
        ({"isStaff": True}, "isStaff"),
        ({"is_superuser": True}, "is_superuser"),
        ({"id": 7}, "id"),
        ({"hasPassword": True}, "hasPassword"),
    ],
)
def test_what_is_wrong_is_named(admin: Caller, body: dict[str, Any], wrong: str) -> None:
    make_user(username="taken")
    before = User.objects.count()

    answer = create(admin, **body)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [wrong]
    assert User.objects.count() == before


def test_a_change_counts_at_once_for_keys_and_pages(admin: Caller) -> None:
    script = caller(Role.DEVELOPER)
    user = script.key.user
    browser = Client()
    browser.force_login(user)

    assert patch(admin, user, isActive=False).json()["isActive"] is False

    assert script.get("/api/me").status_code == 401
    assert browser.get("/")["Location"].startswith("/login")


def test_a_password_set_anew_ends_the_sessions_of_the_old_one(admin: Caller) -> None:
    user = make_user(password="correct horse")
    browser = Client()
    browser.force_login(user)

    assert patch(admin, user, password=PASSWORD).status_code == 200

    assert browser.get("/").status_code == 302
    assert Client().login(username=user.username, password=PASSWORD)


def test_a_password_is_taken_away_by_null(admin: Caller) -> None:
    user = make_user(password="correct horse")

    assert patch(admin, user, password=None).json()["hasPassword"] is False

    assert not Client().login(username=user.username, password="correct horse")
    assert create(admin, password=None).json()["hasPassword"] is False


def test_a_key_does_not_set_its_own_users_password(admin: Caller) -> None:
    answer = patch(admin, admin.key.user, password=PASSWORD)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["password"]
    admin.key.user.refresh_from_db()
    assert not admin.key.user.check_password(PASSWORD)


@pytest.mark.parametrize("body", [{"role": "viewer"}, {"isActive": False}])
def test_the_last_admin_who_can_sign_in_is_not_taken_away(body: dict[str, Any]) -> None:
    last = make_user(Role.ADMIN)
    script = caller(Role.ADMIN, owner=make_user(Role.ADMIN, password=None))

    for answer in (patch(script, last, **body), script.delete(f"/api/users/{last.pk}")):
        assert answer.status_code == 409
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "last_admin"

    last.refresh_from_db()
    assert last.has_role(Role.ADMIN)
    assert not AuditEntry.objects.filter(action__startswith="user.").exists()


def test_a_deleted_user_is_gone_with_their_keys(admin: Caller) -> None:
    script = caller(Role.VIEWER)
    address = f"/api/users/{script.key.user_id}"

    assert admin.delete(address).status_code == 204

    assert admin.get(address).status_code == 404
    assert admin.delete(address).status_code == 404
    assert script.get("/api/me").status_code == 401


def test_the_list_is_filtered_and_put_in_order(admin: Caller) -> None:
    for name, role in (("ada", Role.DEVELOPER), ("bob", Role.VIEWER)):
        make_user(role, username=name, is_active=role == Role.DEVELOPER)

    def names(query: str) -> list[str]:
        return [user["username"] for user in admin.get(f"/api/users{query}").json()["results"]]

    assert names("?role=developer") == ["ada"]
    assert names("?isActive=false") == ["bob"]
    assert names("?search=AD")[0] == "ada"
    assert names("?search=%20") == []
    assert names("?ordering=-username") == sorted(names(""), reverse=True)
    assert admin.get("/api/users?role=80").status_code == 400
    assert admin.get("/api/users?isActive=maybe").status_code == 400


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_users_are_admins_business(role: Role) -> None:
    script = caller(role)

    assert script.get("/api/users").status_code == 403
    assert create(script).status_code == 403
    assert patch(script, script.key.user, role="admin").status_code == 403


def test_a_longer_list_costs_no_more_queries(
    admin: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    admin.get("/api/me")
    User.objects.bulk_create(User(username=f"u{number}") for number in range(30))

    with django_assert_num_queries(3):
        assert admin.get("/api/users").json()["count"] == 31
