"""API keys over HTTP: what they allow and what they do not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from harborguard.access.keys import revoke_key
from harborguard.access.models import ApiKey, Role, User
from tests.api_client import Caller, caller
from tests.factories import SOMEBODY, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def script() -> Caller:
    return caller(Role.DEVELOPER)


def change(script: Caller, **fields: Any) -> None:
    ApiKey.objects.filter(pk=script.key.pk).update(**fields)


def change_owner(script: Caller, **fields: Any) -> None:
    User.objects.filter(pk=script.key.user_id).update(**fields)


def body(header: str | bytes | None) -> dict[str, Any]:
    """Return the answer to a refused request, without its id."""
    value = header.decode("latin-1") if isinstance(header, bytes) else header
    environ = {} if value is None else {"HTTP_AUTHORIZATION": value}
    answer = Client().get("/api/me", **environ)  # type: ignore[arg-type]  # of any header
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    found: dict[str, Any] = answer.json()
    assert found.pop("requestId")
    return found


def test_a_key_opens_what_its_role_may(script: Caller) -> None:
    assert script.get("/api/me").status_code == 200


def test_whatever_is_wrong_with_a_key_the_answer_is_the_same(script: Caller) -> None:
    good = script.secret
    expired, revoked, off = caller(Role.VIEWER), caller(Role.VIEWER), caller(Role.VIEWER)
    change(expired, expiry=timezone.now())
    revoke_key(revoked.key, by=SOMEBODY)
    change_owner(off, is_active=False)
    headers: list[str | bytes] = [
        "",
        " ",
        "Bearer",
        "Bearer ",
        f"Bearer {expired.secret}",
        f"Bearer {revoked.secret}",
        f"Bearer {off.secret}",
        f"Bearer {good[:-1]}",
        f"Bearer {good[:15]}",
        f"Bearer {good}0",
        f"Bearer {good.upper()}",
        f"Bearer {good} {good}",
        f"Bearer {good}, Bearer {good}",
        f"Basic {good}",
        f"Token {good}",
        good,
        f"Bearer {good[:20]}\u00e9".encode(),
        b"Bearer \xff\xfe\xfd",
        f"Bearer {good[:10]}\0",
        "Bearer " + "a" * 5000,
        "Bearer ' OR 1=1 --",
    ]

    nothing = body(None)

    assert [body(header) for header in headers] == [nothing] * len(headers)


def test_the_word_before_the_key_is_of_any_case(script: Caller) -> None:
    answer = Client().get("/api/me", headers={"authorization": f"bearer {script.secret}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer hg_nonsense"])
def test_a_header_that_opens_nothing_is_not_made_up_for_by_a_cookie(header: str) -> None:
    client = Client()
    client.force_login(make_user(Role.ADMIN))
    assert client.get("/api/me").status_code == 200

    assert client.get("/api/me", HTTP_AUTHORIZATION=header).status_code == 401


def test_the_role_of_a_key_is_never_above_its_users_now() -> None:
    script = caller(Role.ADMIN)
    assert script.get("/api/audit").status_code == 200

    change_owner(script, role=Role.VIEWER)

    assert script.get("/api/audit").status_code == 403
    assert script.get("/api/me").json()["effectiveRole"] == "viewer"


def test_a_key_with_a_low_role_of_an_admin_stays_low() -> None:
    script = caller(Role.VIEWER, owner=make_user(Role.ADMIN))

    assert script.get("/api/audit").status_code == 403


def test_a_deactivated_users_key_stops_and_comes_back_with_them(script: Caller) -> None:
    change_owner(script, is_active=False)
    assert script.get("/api/me").status_code == 401

    change_owner(script, is_active=True)
    assert script.get("/api/me").status_code == 200


def test_an_expired_key_stays_to_be_seen(script: Caller) -> None:
    change(script, expiry=timezone.now())

    assert script.get("/api/me").status_code == 401
    assert ApiKey.objects.filter(pk=script.key.pk).exists()


def test_a_keys_use_is_noted_once_a_minute(
    script: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert script.get("/api/me").status_code == 200
    script.key.refresh_from_db()
    first = script.key.last_used_at
    assert first is not None

    with django_assert_num_queries(1):
        script.get("/api/me")
    script.key.refresh_from_db()
    assert script.key.last_used_at == first

    change(script, last_used_at=first - timedelta(minutes=1))
    script.get("/api/me")
    script.key.refresh_from_db()
    assert script.key.last_used_at >= first


def test_a_refused_key_counts_as_not_used(script: Caller) -> None:
    change(script, expiry=timezone.now())

    script.get("/api/me")

    script.key.refresh_from_db()
    assert script.key.last_used_at is None


def test_other_keys_of_a_user_cost_no_queries(
    script: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    script.get("/api/me")
    ApiKey.objects.bulk_create(
        ApiKey(
            user=script.key.user,
            name=f"k{number}",
            role=Role.VIEWER,
            digest=f"{number:0128x}",
            token_key=f"hg_{number:012x}",
            expiry=timezone.now(),
        )
        for number in range(50)
    )

    with django_assert_num_queries(1):
        script.get("/api/me")

    assert ApiKey.objects.count() == 51
