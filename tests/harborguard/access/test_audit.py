from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session
from django.db import Error, connection, transaction
from django.test import Client

from harborguard.access import audit, people
from harborguard.access.actor import Actor
from harborguard.access.keys import create_key, revoke_key
from harborguard.access.models import ApiKey, AuditEntry, Role, User
from tests.api_client import caller
from tests.factories import SOMEBODY, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

PASSWORD = "correct horse"
Action = AuditEntry.Action


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def guarded() -> None:
    """Restore the trigger that the tests' SQLite lacks and an installation has."""
    if connection.vendor == "sqlite":
        name = "harborguard.access.migrations.0004_audit_is_append_only"
        execute(importlib.import_module(name).SQLITE[1])


@pytest.fixture
def full() -> None:
    """The database takes no further entry."""
    refuse = "BEGIN SELECT RAISE(ABORT, 'the trail is full'); END"
    if connection.vendor == "postgresql":
        execute(
            "CREATE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the trail is full'; END $$"
        )
        refuse = "EXECUTE FUNCTION refuse_entry()"
    execute(f"CREATE TRIGGER is_full BEFORE INSERT ON access_auditentry FOR EACH ROW {refuse}")


def sign_in(user: User, password: str = PASSWORD) -> Client:
    client = Client()
    client.post(
        "/login", {"username": user.username, "password": password}, REMOTE_ADDR="192.0.2.7"
    )
    return client


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action))


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_auditentry SET actor = 'somebody else'",
        "DELETE FROM access_auditentry",
    ],
)
def test_the_database_refuses_to_change_or_to_delete_an_entry(statement: str) -> None:
    audit.record(Action.SIGNED_IN, by=SOMEBODY)

    with pytest.raises(Error, match="append-only"), transaction.atomic():
        execute(statement)

    assert AuditEntry.objects.get().actor == "somebody"


def test_an_entry_tells_who_did_it_with_what_from_where() -> None:
    script = caller(Role.ADMIN)

    answer = script.post("/api/users", {"username": "ada"}, format="json", REMOTE_ADDR="192.0.2.7")

    [entry] = entries("user.created")
    owner = script.key.user
    assert (entry.actor, entry.user_id) == (owner.username, owner.pk)
    assert (entry.key_id, entry.key_name) == (script.key.pk, script.key.name)
    assert entry.address == "192.0.2.7"
    assert entry.request_id == answer["X-Request-ID"]
    assert (entry.object_type, entry.object_id, entry.object_name) == (
        "user",
        answer.json()["id"],
        "ada",
    )
    assert abs((datetime.now(UTC) - entry.at).total_seconds()) < 60


def test_very_long_values_are_told_by_their_size() -> None:
    changes = {"ca_pem": ("", "x" * 5000), "repositories": ([], ["y" * 99] * 99)}
    audit.record(Action.REGISTRY_CHANGED, by=SOMEBODY, changes=changes)

    assert AuditEntry.objects.get().changes == {
        "caPem": {"from": "", "to": "(5000 characters)"},
        "repositories": {"from": [], "to": "(99 items)"},
    }


def test_what_stayed_as_it_was_is_left_out_and_the_rest_named_as_in_the_api() -> None:
    changes = {"tag_include": (["*"], ["v*"]), "expires_at": (None, None), "keys": (0, 0)}
    audit.record(Action.REGISTRY_CHANGED, by=SOMEBODY, changes=changes)

    assert AuditEntry.objects.get().changes == {"tagInclude": {"from": ["*"], "to": ["v*"]}}


def test_signing_in_and_out_are_told() -> None:
    user = make_user(password=PASSWORD)

    sign_in(user).post("/logout")

    for action in ("user.signed_in", "user.signed_out"):
        [entry] = entries(action)
        assert (entry.actor, entry.user_id) == (user.username, user.pk)
        assert (entry.object_name, entry.object_id) == (user.username, user.pk)
    assert entries("user.signed_in")[0].address == "192.0.2.7"


def test_a_stranger_who_signs_out_did_nothing() -> None:
    Client().post("/logout")

    assert not AuditEntry.objects.exists()


def test_a_failed_sign_in_names_the_account_and_not_what_was_typed() -> None:
    user = make_user()

    sign_in(user, "canary-secret")

    [entry] = entries("user.sign_in_failed")
    assert (entry.actor, entry.user_id, entry.address) == ("anonymous", None, "192.0.2.7")
    assert (entry.object_name, entry.object_id) == (user.username, user.pk)
    assert "canary" not in repr(AuditEntry.objects.values().get())


def test_a_password_typed_as_the_name_is_not_kept() -> None:
    Client().post("/login", {"username": "canary-secret", "password": "x"})

    [entry] = entries("user.sign_in_failed")
    assert entry.object_id is None
    assert "canary" not in repr(AuditEntry.objects.values().get())


def test_an_attempt_that_the_limit_refused_is_no_entry() -> None:
    user = make_user()

    for _ in range(15):
        sign_in(user, "wrong")

    assert len(entries("user.sign_in_failed")) == 10


def test_changing_ones_password_is_told_without_it() -> None:
    user = make_user(password=PASSWORD)
    new = "battery staple 7"

    sign_in(user).post(
        "/password", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )

    [entry] = entries("user.password_changed")
    assert (entry.actor, entry.object_id) == (user.username, user.pk)
    assert entry.changes == {"password": {"from": "***", "to": "***"}}


def test_an_entry_of_the_command_line_says_so() -> None:
    people.create_user(by=Actor.at_the_command_line(), username="ci")

    assert AuditEntry.objects.get().actor.endswith(" at the command line")


@pytest.fixture
def state() -> Callable[[], object]:
    def read() -> object:
        users = User.objects.order_by("pk").values_list("pk", "username", "role", "password")
        keys = ApiKey.objects.order_by("pk").values_list("pk", "revoked_at")
        return list(users), list(keys), Session.objects.count()

    return read


def change_role(user: User, key: ApiKey) -> None:
    people.change_user(user, by=SOMEBODY, role=Role.ADMIN)


def change_password(user: User, key: ApiKey) -> None:
    with people.password_form(user, by=SOMEBODY):
        user.set_password("battery staple 7")
        user.save()


WHAT_IS_TOLD: list[Callable[[User, ApiKey], object]] = [
    lambda user, key: people.create_user(by=SOMEBODY, username="new"),
    change_role,
    change_password,
    lambda user, key: people.delete_user(user, by=SOMEBODY),
    lambda user, key: create_key(user, "new", Role.VIEWER, by=SOMEBODY),
    lambda user, key: revoke_key(key, by=SOMEBODY),
]


@pytest.mark.parametrize("change", WHAT_IS_TOLD)
def test_what_cannot_be_told_is_not_done(
    change: Callable[[User, ApiKey], object],
    state: Callable[[], object],
    request: pytest.FixtureRequest,
) -> None:
    key = caller(Role.VIEWER).key
    before = state()
    request.getfixturevalue("full")

    with pytest.raises(Error, match="full"):
        change(key.user, key)

    assert state() == before


def test_a_sign_in_that_cannot_be_told_opens_no_session(request: pytest.FixtureRequest) -> None:
    user = make_user(password=PASSWORD)
    request.getfixturevalue("full")
    client = Client(raise_request_exception=False)

    answer = client.post("/login", {"username": user.username, "password": PASSWORD})

    assert answer.status_code == 500
    assert client.get("/").status_code == 302
