from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.keys import create_key, revoke_key
from harborguard.access.models import AuditEntry, Role, User
from tests.factories import SOMEBODY, make_user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

MADE = re.compile(r'<code class="new-key[^"]*">([^<]+)</code>')


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/users{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_is_listed_with_what_opens_a_door(admin: Client) -> None:
    user = make_user(Role.DEVELOPER, username="ada")
    create_key(user, "good", Role.VIEWER, by=SOMEBODY)
    revoke_key(create_key(user, "revoked", Role.VIEWER, by=SOMEBODY)[0], by=SOMEBODY)

    [row] = re.findall(r"<tr>\s*<td[^>]*><a[^>]*>ada</a>.*?</tr>", page(admin), re.DOTALL)

    assert re.findall(r'data-label="(?:Role|Active keys)">(\w+)<', row) == ["developer", "1"]
    assert "active" in row
    assert "never" in row


def test_accounts_that_nobody_signs_in_with_are_told_apart(admin: Client) -> None:
    make_user(username="script", password=None)
    make_user(username="gone", is_active=False)

    shown = page(admin)

    assert "service account" in shown
    assert "deactivated</span>" in shown


def test_they_are_filtered_by_name_role_and_state(admin: Client) -> None:
    make_user(Role.DEVELOPER, username="ada")
    make_user(Role.VIEWER, username="bob", is_active=False)

    for query in ("?search=AD&role=&isActive=", "?role=developer", "?isActive=true&search=a"):
        assert ">ada</a>" in page(admin, query)
        assert ">bob</a>" not in page(admin, query)
    assert "No matching users" in page(admin, "?search=nobody+is+called+so")
    assert "alert-danger" in page(admin, "?role=king")


def test_a_longer_list_costs_no_more_queries(
    admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        make_user()

    with django_assert_num_queries(4):
        page(admin)


def test_a_password_that_is_made_is_shown_once_and_opens_the_door(admin: Client) -> None:
    answer = admin.post("/users/new", {"username": "ada", "role": Role.DEVELOPER.value})

    [made] = MADE.findall(answer.content.decode())
    form = {"username": "ada", "password": made}
    assert Client().post("/login", form)["Location"] == "/"
    assert User.objects.get(username="ada").role == Role.DEVELOPER
    assert made not in repr(AuditEntry.objects.values())
    assert "no-store" in answer["Cache-Control"]


def test_a_password_that_is_given_is_not_shown(admin: Client) -> None:
    form = {"username": "ada", "role": 20, "password": "battery staple 7"}

    answer = admin.post("/users/new", form, follow=True)

    assert "ada was added." in answer.content.decode()
    assert "battery" not in answer.content.decode()
    assert User.objects.get(username="ada").check_password("battery staple 7")


def test_an_account_for_scripts_has_no_password(admin: Client) -> None:
    admin.post("/users/new", {"username": "ci", "role": 20, "is_for_scripts": "on"})

    assert not User.objects.get(username="ci").has_usable_password()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"username": "a b"}, "Enter a valid username"),
        ({"username": "TAKEN"}, "with this name in another case"),
        ({"role": 81}, "Select a valid choice"),
        ({"password": "short"}, "too short"),
        (
            {"password": "battery staple 7", "is_for_scripts": "on"},
            "A service account has no password",
        ),
    ],
)
def test_what_is_wrong_adds_nobody_and_is_said(
    admin: Client, wrong: dict[str, object], said: str
) -> None:
    make_user(username="taken")
    before = User.objects.count()

    answer = admin.post("/users/new", {"username": "ada", "role": 20, **wrong})

    assert said in answer.content.decode()
    assert User.objects.count() == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_they_are_admins_business(role: Role) -> None:
    client = signed_in(role)

    assert client.get("/users").status_code == 403
    assert client.post("/users/new", {"username": "ada", "role": 80}).status_code == 403
    assert 'href="/users"' not in client.get("/profile").content.decode()
    assert not User.objects.filter(username="ada").exists()
