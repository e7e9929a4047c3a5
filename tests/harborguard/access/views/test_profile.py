from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.keys import create_key
from harborguard.access.models import Role
from tests.factories import SOMEBODY, make_user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


def test_it_tells_who_one_is_and_who_has_tried_to_be() -> None:
    user = make_user(Role.DEVELOPER, username="ada", password="correct horse")
    Client(REMOTE_ADDR="192.0.2.9").post("/login", {"username": "ada", "password": "wrong"})
    client = Client(REMOTE_ADDR="192.0.2.1")
    client.post("/login", {"username": "ada", "password": "correct horse"})

    shown = client.get("/profile").content.decode()

    for text in (user.username, "developer", "signed in", "192.0.2.1", "wrong password"):
        assert text in shown
    assert "192.0.2.9" in shown


def test_the_newest_keys_of_ones_own_are_shown_and_nobody_elses() -> None:
    user = make_user()
    for number in range(7):
        create_key(user, f"key-{number}", Role.VIEWER, by=SOMEBODY)
    create_key(make_user(), "foreign", Role.VIEWER, by=SOMEBODY)
    client = Client()
    client.force_login(user)

    shown = client.get("/profile").content.decode()

    assert [f"key-{number}" in shown for number in range(7)] == [False] * 2 + [True] * 5
    assert "All keys" in shown
    assert "foreign</" not in shown


def test_who_has_no_key_is_told_what_one_is_for() -> None:
    assert "A script needs one" in signed_in(Role.VIEWER).get("/profile").content.decode()


def test_it_costs_the_same_however_much_there_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(Role.ADMIN)

    with django_assert_num_queries(4):
        client.get("/profile")
