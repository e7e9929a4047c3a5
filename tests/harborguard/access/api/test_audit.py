from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_django import DjangoAssertNumQueries

from harborguard.access import audit, people
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry, Role
from tests.api_client import Caller, caller
from tests.factories import SOMEBODY, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Action = AuditEntry.Action


@pytest.fixture
def admin() -> Caller:
    return caller(Role.ADMIN, owner=make_user(Role.ADMIN, username="root"))


def read(script: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = script.get(f"/api/audit?{urlencode(query)}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_an_entry_is_told_in_full(admin: Caller) -> None:
    user = make_user(username="ada")
    people.change_user(user, by=Actor("bob", address="192.0.2.7"), role=Role.ADMIN)

    entry = read(admin)[0]

    assert admin.get(f"/api/audit/{entry['id']}").json() == entry
    assert datetime.fromisoformat(entry.pop("at")).tzinfo is not None
    assert entry.pop("id") > 0
    assert entry == {
        "action": "user.changed",
        "actor": "bob",
        "userId": None,
        "keyId": None,
        "keyName": "",
        "address": "192.0.2.7",
        "requestId": "",
        "objectType": "user",
        "objectId": user.pk,
        "objectName": "ada",
        "changes": {"role": {"from": "viewer", "to": "admin"}},
    }


def test_it_is_filtered_by_what_was_done_by_whom_and_on_what(admin: Caller) -> None:
    ada, bob = make_user(username="ada"), make_user(username="bob")
    audit.record(Action.SIGNED_IN, by=Actor("ada", user=ada), on=ada)
    audit.record(Action.USER_CHANGED, by=Actor("ada", user=ada), on=bob)
    audit.record(Action.USER_DELETED, by=Actor("gone"), name="an account")

    def told(**query: Any) -> list[tuple[str, str]]:
        return [(entry["actor"], entry["objectName"]) for entry in read(admin, **query)]

    assert told(action="user.signed_in") == [("ada", "ada")]
    assert told(user="ada") == [("ada", "bob"), ("ada", "ada")]
    assert told(user="gone") == [("gone", "an account")]
    assert told(objectType="user", objectId=bob.pk) == [("ada", "bob")]
    assert told(search="BOB") == [("ada", "bob")]
    assert told(search="nobody") == []
    assert told(search="GON") == [("gone", "an account")]
    assert told(search="%") == []


def test_what_somebody_did_under_an_earlier_name_is_theirs(admin: Caller) -> None:
    ada = make_user(username="ada")
    audit.record(Action.SIGNED_IN, by=Actor("ada", user=ada), on=ada)
    people.change_user(ada, by=SOMEBODY, username="countess")

    assert [entry["actor"] for entry in read(admin, user="countess")] == ["ada"]


def test_a_name_given_again_hides_nobody_who_had_it_before(admin: Caller) -> None:
    old = make_user(username="mallory")
    audit.record(Action.SIGNED_IN, by=Actor("mallory", user=old), name="first")
    people.delete_user(old, by=SOMEBODY)
    new = make_user(username="mallory")
    audit.record(Action.SIGNED_IN, by=Actor("mallory", user=new), name="second")

    found = read(admin, user="mallory")

    assert [entry["objectName"] for entry in found] == ["second", "first"]


@pytest.mark.parametrize("name", ["user", "objectType", "search"])
def test_a_blank_filter_finds_what_is_blank(admin: Caller, name: str) -> None:
    audit.record(Action.SIGNED_IN, by=Actor("ada"), name="ours")

    assert read(admin, **{name: "   "}) == []


def test_it_is_cut_by_time(admin: Caller) -> None:
    now = datetime.now(UTC)
    hour = timedelta(hours=1)

    assert len(read(admin, since=(now - hour).isoformat())) == 1
    assert read(admin, since=(now + hour).isoformat()) == []
    assert len(read(admin, until=(now + hour).isoformat())) == 1
    assert read(admin, until=(now - hour).isoformat()) == []


@pytest.mark.parametrize(
    "query",
    [
        "action=user",
        "since=yesterday",
        "until=1e9",
        "objectId=x",
        "objectId=0",
        "objectId=" + "9" * 30,
        "user=" + "x" * 5000,
        "search=" + "x" * 5000,
        "objectType=" + "x" * 5000,
        "search=%00",
        "user=a&user=b",
        "colour=red",
        "ordering=at",
        "cursor=nonsense",
        "pageSize=1000000",
    ],
)
def test_what_cannot_be_searched_for_is_refused(admin: Caller, query: str) -> None:
    answer = admin.get(f"/api/audit?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-01-01"]
)
@pytest.mark.parametrize("name", ["since", "until"])
def test_a_moment_at_the_end_of_time_is_no_fault(admin: Caller, name: str, moment: str) -> None:
    assert admin.get(f"/api/audit?{urlencode({name: moment})}").status_code in {200, 400}


def test_pages_hold_every_entry_once_also_while_more_are_written(admin: Caller) -> None:
    for number in range(7):
        audit.record(Action.SIGNED_IN, by=Actor(f"a{number}"))
    expected = [entry["id"] for entry in read(admin)]
    found: list[int] = []
    address = "/api/audit?pageSize=3"

    while address:
        page = admin.get(address).json()
        found += [entry["id"] for entry in page["results"]]
        audit.record(Action.SIGNED_OUT, by=SOMEBODY)
        address = page["next"]

    assert found == expected


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_in_it(admin: Caller, method: str) -> None:
    entry = AuditEntry.objects.latest("pk")

    for address in ("/api/audit", f"/api/audit/{entry.pk}"):
        assert getattr(admin, method)(address).status_code == 405


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_it_is_admins_business(role: Role) -> None:
    assert caller(role).get("/api/audit").status_code == 403


def test_a_longer_page_costs_no_more_queries(
    admin: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    admin.get("/api/me")
    for _ in range(60):
        audit.record(Action.SIGNED_IN, by=SOMEBODY)

    with django_assert_num_queries(2):
        assert len(read(admin)) == 50
