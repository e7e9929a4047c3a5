from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from harborguard.access.actor import Actor
from harborguard.access.keys import Status, create_key, revoke_key, status_of, with_status
from harborguard.access.models import ApiKey, AuditEntry, Role, User
from tests.api_client import caller
from tests.factories import SOMEBODY, make_user

pytestmark = pytest.mark.django_db


def refused(owner: User, **values: Any) -> list[str]:
    """Return the wrong fields; nothing may have been written."""
    arguments = {"name": "ci", "role": Role.VIEWER, "by": SOMEBODY, **values}
    before = ApiKey.objects.count(), AuditEntry.objects.count()
    with pytest.raises(ValidationError) as refusal:
        create_key(owner, **arguments)
    assert (ApiKey.objects.count(), AuditEntry.objects.count()) == before
    return sorted(refusal.value.message_dict)


def test_of_a_key_only_a_hash_and_its_beginning_are_stored() -> None:
    owner = make_user(Role.DEVELOPER)
    expires_at = timezone.now() + timedelta(days=3)

    key, secret = create_key(owner, "ci", Role.DEVELOPER, by=SOMEBODY, expires_at=expires_at)

    assert secret.startswith(key.token_key)
    assert len(secret) - len(key.token_key) >= 50
    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert secret not in repr(row)
    assert row["expiry"] == expires_at


def test_making_a_key_is_one_entry_without_the_key() -> None:
    owner = make_user(Role.DEVELOPER, username="ada")

    key, secret = create_key(owner, "ci", Role.VIEWER, by=SOMEBODY)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_type, entry.object_id) == ("key.created", "apikey", key.pk)
    assert entry.object_name == "ci"
    assert entry.changes == {
        "user": {"from": None, "to": "ada"},
        "role": {"from": None, "to": "viewer"},
    }
    assert secret[len(key.token_key) :] not in repr(AuditEntry.objects.values().get())


def test_a_key_has_no_higher_role_than_its_user() -> None:
    assert refused(make_user(Role.DEVELOPER), role=Role.ADMIN) == ["role"]


def test_nobody_makes_a_key_above_their_own_role() -> None:
    maker = Actor("ada", user=make_user(Role.DEVELOPER))

    assert refused(make_user(Role.ADMIN), role=Role.ADMIN, by=maker) == ["role"]


def test_no_key_makes_a_key_above_its_own_role() -> None:
    admin = make_user(Role.ADMIN)
    weak, _ = create_key(admin, "weak", Role.DEVELOPER, by=SOMEBODY)

    assert refused(admin, role=Role.ADMIN, by=Actor("ada", user=admin, key=weak)) == ["role"]


def test_a_key_does_not_expire_before_it_is_made() -> None:
    assert refused(make_user(), expires_at=timezone.now() - timedelta(seconds=1)) == ["expires_at"]


def test_a_user_who_may_not_sign_in_gets_no_key() -> None:
    assert refused(make_user(is_active=False)) == ["user"]


@pytest.mark.parametrize("name", ["", " ci", "c\ni", "x" * 101, "zero\u200bwidth"])
def test_a_name_is_short_printable_text(name: str) -> None:
    assert refused(make_user(), name=name) == ["name"]


def test_a_name_is_taken_until_its_key_is_revoked() -> None:
    owner = make_user()
    first, _ = create_key(owner, "ci", Role.VIEWER, by=SOMEBODY)
    assert refused(owner) == ["name"]
    create_key(make_user(), "ci", Role.VIEWER, by=SOMEBODY)

    revoke_key(first, by=SOMEBODY)

    create_key(owner, "ci", Role.VIEWER, by=SOMEBODY)


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_for_one_name_the_second_is_told_so() -> None:
    owner = make_user()
    start = Barrier(2)

    def make(_: int) -> list[str]:
        try:
            start.wait(timeout=30)
            create_key(owner, "ci", Role.VIEWER, by=SOMEBODY)
        except ValidationError as refusal:
            return list(refusal.message_dict)
        finally:
            connections.close_all()
        return []

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(make, range(2)))

    assert outcomes == [[], ["name"]]


def test_a_key_is_revoked_once_and_told_once() -> None:
    key, _ = create_key(make_user(), "ci", Role.VIEWER, by=SOMEBODY)

    assert revoke_key(key, by=SOMEBODY)
    assert not revoke_key(key, by=SOMEBODY)

    assert AuditEntry.objects.filter(action="key.revoked", object_id=key.pk).count() == 1


def test_a_status_is_the_same_for_a_row_and_for_the_database() -> None:
    keys = {status: caller(Role.VIEWER).key for status in Status}
    ApiKey.objects.filter(pk=keys[Status.EXPIRED].pk).update(expiry=timezone.now())
    revoke_key(keys[Status.REVOKED], by=SOMEBODY)

    for status, key in keys.items():
        assert ApiKey.objects.get(with_status(status)).pk == key.pk
        assert status_of(ApiKey.objects.get(pk=key.pk)) is status
