from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from harborguard.access import limits
from harborguard.access.keys import create_key
from harborguard.access.models import ApiKey, AuditEntry, Role
from tests.api_client import Caller, caller
from tests.factories import SOMEBODY, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Caller:
    return caller(Role.ADMIN)


def create(script: Caller, **body: Any) -> Any:
    text = json.dumps({"name": "ci", "role": "viewer", **body})
    return script.post("/api/keys", text, content_type="application/json")


def names(script: Caller, query: str = "") -> list[str]:
    return [key["name"] for key in script.get(f"/api/keys{query}").json()["results"]]


def test_a_new_key_is_told_once_and_opens_the_api(admin: Caller) -> None:
    owner = make_user(Role.DEVELOPER, username="ada")
    expires_at = (timezone.now() + timedelta(days=1)).isoformat()

    answer = create(admin, user="ada", role="developer", expiresAt=expires_at)

    assert answer.status_code == 201
    made = answer.json()
    secret = made.pop("key")
    where = answer["Location"]
    assert admin.get(where).json() == made
    assert (made["user"], made["role"], made["status"]) == ("ada", "developer", "active")
    assert secret.startswith(made["prefix"])
    me = Caller(ApiKey.objects.get(pk=made["id"]), secret).get("/api/me").json()
    assert me["id"] == owner.pk
    assert secret not in admin.get("/api/keys").content.decode()


def test_a_key_is_its_makers_unless_told_otherwise(admin: Caller) -> None:
    assert create(admin).json()["user"] == admin.key.user.username


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"role": "root"}, "role"),
        ({"role": 20}, "role"),
        ({"role": None}, "role"),
        ({"role": "\ud800"}, "role"),
        ({"role": ["viewer"]}, "role"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\udfff"}, "name"),
        ({"name": "x" * 5000}, "name"),
        ({"name": {}}, "name"),
        ({"name": 7}, "name"),
        ({"user": "nobody"}, "user"),
        ({"user": "\ud800"}, "user"),
        ({"user": "x" * 5000}, "user"),
        ({"user": None}, "user"),
        ({"user": 7}, "user"),
        ({"user": "viewer", "role": "developer"}, "role"),
        ({"expiresAt": "tomorrow"}, "expiresAt"),
        ({"expiresAt": "2001-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "9999-12-31T23:59:59-14:00"}, "expiresAt"),
        ({"expiresAt": 7}, "expiresAt"),
        ({"expiresAt": "2999-12-31"}, "expiresAt"),
        ({"expiresAt": "2999-12-31T00:00:00"}, "expiresAt"),
        ({"colour": "red"}, "colour"),
        ({"id": 7}, "id"),
        ({"key": "hg_mine"}, "key"),
        ({"revokedAt": None}, "revokedAt"),
    ],
)
def test_what_is_wrong_is_named(admin: Caller, body: dict[str, Any], wrong: str) -> None:
    make_user(Role.VIEWER, username="viewer")

    answer = create(admin, **body)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [wrong]
    assert ApiKey.objects.count() == 1


def test_only_an_admin_makes_keys_and_none_for_a_role_above_the_key() -> None:
    assert create(caller(Role.DEVELOPER)).status_code == 403
    weak = caller(Role.DEVELOPER, owner=make_user(Role.ADMIN))
    assert create(weak).status_code == 403


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_everybody_sees_their_own_keys_alone(admin: Caller, role: Role) -> None:
    script = caller(role)

    assert names(script) == [script.key.name]
    assert script.get(f"/api/keys/{script.key.pk}").status_code == 200
    assert script.get(f"/api/keys/{admin.key.pk}").status_code == 404
    assert script.delete(f"/api/keys/{admin.key.pk}").status_code == 404
    assert names(admin) == [script.key.name, admin.key.name]
    admin.key.refresh_from_db()
    assert admin.key.revoked_at is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_a_key_below_admin_neither_sees_nor_revokes_its_owners_others(role: Role) -> None:
    owner = make_user(Role.ADMIN)
    strong, _ = create_key(owner, "strong", Role.ADMIN, by=SOMEBODY)
    weak = caller(role, owner=owner)

    assert names(weak) == [weak.key.name]
    assert weak.get(f"/api/keys/{strong.pk}").status_code == 404
    assert weak.delete(f"/api/keys/{strong.pk}").status_code == 404
    strong.refresh_from_db()
    assert strong.revoked_at is None


def test_a_session_sees_all_of_ones_own_keys() -> None:
    script = caller(Role.VIEWER)
    create_key(script.key.user, "another", Role.VIEWER, by=SOMEBODY)
    browser = Client()
    browser.force_login(script.key.user)

    assert browser.get("/api/keys").json()["count"] == 2


def test_a_key_that_expires_makes_none_that_outlives_it(admin: Caller) -> None:
    expires_at = timezone.now() + timedelta(days=1)
    ApiKey.objects.filter(pk=admin.key.pk).update(expiry=expires_at)
    later = (expires_at + timedelta(seconds=1)).isoformat()

    for body in ({}, {"expiresAt": None}, {"expiresAt": later}):
        assert list(create(admin, **body).json()["errors"]) == ["expiresAt"]
    assert ApiKey.objects.count() == 1
    assert create(admin, expiresAt=expires_at.isoformat()).status_code == 201


def test_so_many_keys_are_made_and_no_more(admin: Caller, settings: Settings) -> None:
    settings.LIMITS = limits.configured({"keys": "2/hour"})

    made = [create(admin, name=f"k{number}") for number in range(3)]

    assert [answer.status_code for answer in made] == [201, 201, 429]
    assert made[-1].json()["code"] == "rate_limited"
    assert names(admin)


def test_a_revoked_key_stops_stays_in_the_list_and_is_revoked_once(admin: Caller) -> None:
    script = caller(Role.VIEWER)
    address = f"/api/keys/{script.key.pk}"

    assert admin.delete(address).status_code == 204
    assert admin.delete(address).status_code == 204

    assert script.get("/api/me").status_code == 401
    assert admin.get(address).json()["status"] == "revoked"
    assert AuditEntry.objects.filter(action="key.revoked").count() == 1


def test_a_key_may_revoke_itself() -> None:
    script = caller(Role.VIEWER)

    assert script.delete(f"/api/keys/{script.key.pk}").status_code == 204
    assert script.get("/api/me").status_code == 401


def test_the_list_is_filtered_and_put_in_order(admin: Caller) -> None:
    make_user(Role.VIEWER, username="ada")
    for name in ("b", "a"):
        create(admin, name=name, user="ada")
    ApiKey.objects.filter(name="b").update(expiry=timezone.now())

    assert names(admin, "?user=ada") == ["a", "b"]
    assert names(admin, "?user=ada&ordering=-name") == ["b", "a"]
    assert names(admin, "?status=expired") == ["b"]
    assert names(admin, "?user=ada&status=active") == ["a"]
    assert names(admin, "?user=nobody") == []
    assert names(admin, "?user=%20") == []


@pytest.mark.parametrize("query", ["?status=old", "?colour=red", "?ordering=digest", "?page=0"])
def test_an_unknown_filter_or_order_is_refused(admin: Caller, query: str) -> None:
    assert admin.get(f"/api/keys{query}").status_code == 400


@pytest.mark.parametrize("key_id", ["0", "9" * 30])
def test_a_key_that_is_not_there_is_not_found(admin: Caller, key_id: str) -> None:
    assert admin.get(f"/api/keys/{key_id}").status_code == 404


def test_a_longer_list_costs_no_more_queries(
    admin: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    admin.get("/api/me")
    for number in range(20):
        create(admin, name=f"k{number}", user=make_user().username)

    with django_assert_num_queries(3):
        assert len(names(admin)) == 21
