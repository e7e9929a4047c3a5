from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, connections

from harborguard.access import people
from harborguard.access.models import ApiKey, AuditEntry, Role, User
from harborguard.access.people import LastAdmin
from tests.api_client import caller
from tests.factories import SOMEBODY, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "battery staple 7"
Change = Callable[[User], object]


def change(**fields: Any) -> Change:
    return lambda user: people.change_user(user, by=SOMEBODY, **fields)


def delete(user: User) -> None:
    people.delete_user(user, by=SOMEBODY)


TAKING_AN_ADMIN_AWAY = [
    change(role=Role.DEVELOPER),
    change(is_active=False),
    change(password=None),
    delete,
]


def entry() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def test_a_user_with_a_password_signs_in() -> None:
    user = people.create_user(
        by=SOMEBODY, username="ada", role=Role.DEVELOPER, email="a@b.example", password=PASSWORD
    )

    assert User.objects.get(username="ada").check_password(PASSWORD)
    told = entry()
    assert (told.action, told.actor, told.object_type, told.object_id) == (
        "user.created",
        "somebody",
        "user",
        user.pk,
    )
    assert told.changes == {
        "username": {"from": None, "to": "ada"},
        "role": {"from": None, "to": "developer"},
        "email": {"from": None, "to": "a@b.example"},
        "password": {"from": None, "to": "***"},
    }


def test_a_user_without_a_password_does_not_sign_in() -> None:
    user = people.create_user(by=SOMEBODY, username="ci")

    assert not user.has_usable_password()
    assert user.role == Role.VIEWER


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": "a b"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "ada", "role": 81}, "role"),
        ({"username": "ada", "email": "nonsense"}, "email"),
        ({"username": "ada", "password": "short"}, "password"),
        ({"username": "adalovelace", "password": "adalovelace"}, "password"),
        ({"username": "taken"}, "username"),
        ({"username": "Taken"}, "username"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(fields: dict[str, Any], wrong: str) -> None:
    make_user(username="taken")

    with pytest.raises(ValidationError) as refusal:
        people.create_user(by=SOMEBODY, **fields)

    assert list(refusal.value.message_dict) == [wrong]
    assert User.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_a_change_tells_before_and_after_of_what_is_different() -> None:
    user = make_user(Role.VIEWER, username="ada", email="a@b.example")

    people.change_user(user, by=SOMEBODY, role=Role.ADMIN, email="a@b.example", username="countess")

    user.refresh_from_db()
    assert (user.username, user.role, user.is_staff) == ("countess", Role.ADMIN, True)
    assert entry().action == "user.changed"
    assert entry().changes == {
        "role": {"from": "viewer", "to": "admin"},
        "username": {"from": "ada", "to": "countess"},
    }


def test_a_new_name_differs_from_another_not_in_case_alone() -> None:
    ada, bob = make_user(username="ada"), make_user(username="bob")

    with pytest.raises(ValidationError, match="another case"):
        people.change_user(bob, by=SOMEBODY, username="ADA")
    people.change_user(ada, by=SOMEBODY, username="Ada")

    assert set(User.objects.values_list("username", flat=True)) == {"Ada", "bob"}


def test_users_whose_names_are_alike_already_are_changed_all_the_same() -> None:
    make_user(username="u1")
    other = make_user(username="U1")

    people.change_user(other, by=SOMEBODY, username="U1", email="a@b.example")

    assert User.objects.get(username="U1").email == "a@b.example"


def test_a_change_of_nothing_is_no_entry() -> None:
    user = make_user(Role.VIEWER)

    people.change_user(user, by=SOMEBODY, role=Role.VIEWER, username=user.username)

    assert not AuditEntry.objects.exists()


def test_a_new_password_is_masked_and_told_even_if_it_is_the_old_one() -> None:
    user = make_user(password=PASSWORD)

    people.change_user(user, by=SOMEBODY, password=PASSWORD)

    assert entry().action == "user.password_changed"
    assert entry().changes == {"password": {"from": "***", "to": "***"}}


def test_deleting_a_user_takes_the_keys_and_leaves_the_trail() -> None:
    key = caller(Role.VIEWER).key
    name = key.user.username

    people.delete_user(key.user, by=SOMEBODY)

    assert not ApiKey.objects.exists()
    assert entry().action == "user.deleted"
    assert entry().object_name == name
    assert entry().changes["keys"] == {"from": 1, "to": 0}
    assert AuditEntry.objects.filter(action="key.created", object_id=key.pk).exists()


@pytest.mark.parametrize("take_away", TAKING_AN_ADMIN_AWAY)
def test_the_last_admin_who_can_sign_in_stays(take_away: Change) -> None:
    last = make_user(Role.ADMIN)
    make_user(Role.ADMIN, is_active=False)
    make_user(Role.ADMIN, password=None)

    with pytest.raises(LastAdmin):
        take_away(last)

    assert list(people.admins()) == [last]
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("take_away", TAKING_AN_ADMIN_AWAY)
def test_one_of_two_admins_may_go(take_away: Change) -> None:
    goes, stays = make_user(Role.ADMIN), make_user(Role.ADMIN)

    take_away(goes)

    assert list(people.admins()) == [stays]


def test_where_nobody_can_sign_in_as_admin_accounts_are_changed_all_the_same() -> None:
    script = make_user(Role.ADMIN, password=None)

    people.change_user(script, by=SOMEBODY, role=Role.VIEWER)

    script.refresh_from_db()
    assert script.role == Role.VIEWER


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("take_away", TAKING_AN_ADMIN_AWAY)
def test_of_two_admins_who_take_each_other_away_one_is_refused(
    take_away: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [make_user(Role.ADMIN), make_user(Role.ADMIN)]
    start, half_way = Barrier(2), Barrier(2)
    check = people.require_an_admin

    def check_and_wait_for_the_other() -> None:
        """Both would meet here, neither of them committed, if one did not wait before."""
        check()
        with suppress(BrokenBarrierError):
            half_way.wait(timeout=1)

    def run(user: User) -> str:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            take_away(user)
        except LastAdmin:
            return "refused"
        finally:
            connections.close_all()
        return "done"

    monkeypatch.setattr(people, "require_an_admin", check_and_wait_for_the_other)
    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(run, users))

    assert outcomes == ["done", "refused"]
    assert people.admins().count() == 1


def test_a_password_that_is_made_passes_the_rules_and_is_never_made_again() -> None:
    made = {people.made_password() for _ in range(200)}

    for password in made:
        validate_password(password)
    assert len(made) == 200
    assert not set("".join(made)) & set("01ilo")
