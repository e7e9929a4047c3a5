from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.conf import settings as configuration
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import MD5PasswordHasher
from django.http import HttpRequest
from django.test import Client
from limits.storage import RedisStorage
from pytest_django import DjangoAssertNumQueries, Settings

from harborguard.access import limits
from harborguard.access.limit_store import LimitStore, redis_url
from harborguard.access.models import User
from tests.factories import make_user

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as ClientResponse

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse"
# One for all: each new one loads the middleware anew.
BROWSER = Client()


class CountingHasher(MD5PasswordHasher):
    """Quick, and it knows how many passwords were looked at."""

    count: ClassVar = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


class AttemptsInsideOfAttempts(ModelBackend):
    """Starts another attempt while a password is checked: as parallel as attempts can be."""

    looked_at: ClassVar = 0

    def authenticate(self, request: HttpRequest | None, *_: Any, **__: Any) -> None:
        type(self).looked_at += 1
        if self.looked_at < 100:
            sign_in("somebody", "wrong")


@pytest.fixture(autouse=True)
def hasher(settings: Settings) -> type[CountingHasher]:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.count = 0
    return CountingHasher


@pytest.fixture
def user(hasher: type[CountingHasher]) -> User:
    user = make_user(password=PASSWORD)
    hasher.count = 0
    return user


def sign_in(
    name: str, password: str, address: str = "192.0.2.1", forwarded: str = ""
) -> ClientResponse:
    form = {"username": name, "password": password}
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    BROWSER.cookies.clear()
    return BROWSER.post("/login", form, headers=headers, REMOTE_ADDR=address)


def fail(attempts: int, name: str, address: str = "192.0.2.1") -> list[int]:
    return [sign_in(name, "wrong", address).status_code for _ in range(attempts)]


def addresses() -> Iterator[str]:
    generator = random.Random(1)
    while True:
        yield ".".join(str(generator.randrange(1, 255)) for _ in range(4))


def test_the_eleventh_failure_of_an_account_is_stopped(user: User) -> None:
    assert fail(11, user.username) == [200] * 10 + [429]


def test_a_stopped_attempt_says_when_to_try_again(user: User) -> None:
    fail(10, user.username)

    answer = sign_in(user.username, PASSWORD)

    assert answer.status_code == 429
    assert 3590 <= int(answer["Retry-After"]) <= 3601
    assert "Try again in 60 minutes." in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_the_right_password_is_not_looked_at_when_the_limit_is_reached(
    user: User, hasher: type[CountingHasher]
) -> None:
    fail(10, user.username)
    hasher.count = 0

    assert sign_in(user.username, PASSWORD).status_code == 429
    assert hasher.count == 0


def test_a_stopped_attempt_asks_the_database_nothing(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fail(10, user.username)

    with django_assert_num_queries(0):
        sign_in(user.username, PASSWORD)


def test_an_account_that_does_not_exist_is_answered_as_one_that_does(
    user: User, hasher: type[CountingHasher]
) -> None:
    pages = {}
    for name in (user.username, "nobody"):
        hasher.count = 0
        refused = [sign_in(name, "wrong", f"192.0.2.{n}") for n in range(11)]
        assert hasher.count == 10
        last = refused[-1]
        own_id = last["X-Request-ID"].encode()
        pages[name] = (last.status_code, last.content.replace(own_id, b""))

    assert pages[user.username] == pages["nobody"]


def test_all_writings_of_a_name_are_one_account() -> None:
    names = [" somebody", "SomeBody", "SOMEBODY ", "\uff53omebody"]

    answers = [
        sign_in(names[number % 4], "wrong", address).status_code
        for number, address in zip(range(20), addresses(), strict=False)
    ]

    assert answers == [200] * 10 + [429] * 10


def test_a_thousand_attempts_with_forged_addresses_are_stopped(
    hasher: type[CountingHasher],
) -> None:
    answers = [
        sign_in(f"user {number}", "wrong", forwarded=address).status_code
        for number, address in zip(range(1000), addresses(), strict=False)
    ]

    assert answers == [200] * 20 + [429] * 980
    assert hasher.count == 20


def test_behind_a_proxy_what_the_caller_forges_in_front_is_ignored(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1

    answers = [
        sign_in(f"user {number}", "wrong", "10.0.0.1", f"{forged}, 203.0.113.9").status_code
        for number, forged in zip(range(25), addresses(), strict=False)
    ]

    assert answers == [200] * 20 + [429] * 5
    assert sign_in("user", "wrong", "10.0.0.1", "203.0.113.10").status_code == 200


def test_attempts_that_run_at_the_same_time_are_counted_before_they_are_looked_at(
    settings: Settings,
) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.AttemptsInsideOfAttempts"]
    AttemptsInsideOfAttempts.looked_at = 0

    sign_in("somebody", "wrong")

    assert AttemptsInsideOfAttempts.looked_at == 10


def test_signing_in_again_and_again_is_not_limited(user: User) -> None:
    assert {sign_in(user.username, PASSWORD).status_code for _ in range(30)} == {302}


def test_with_an_own_account_nobody_wipes_out_what_they_tried_on_others(user: User) -> None:
    guessed = 0
    for number in range(40):
        guessed += sign_in(f"user {number}", "wrong").status_code == 200
        sign_in(user.username, PASSWORD)

    assert guessed == 20


def test_a_writing_of_a_name_that_is_somebody_elses_account_wipes_out_nothing(user: User) -> None:
    make_user(username=user.username.upper(), password=PASSWORD)
    guessed = 0
    for number in range(20):
        guessed += sign_in(user.username, "wrong", f"192.0.2.{number}").status_code == 200
        sign_in(user.username.upper(), PASSWORD, f"192.0.2.{number}")

    assert guessed == 10


def test_attempts_on_a_stopped_account_do_not_stop_the_whole_address(user: User) -> None:
    fail(50, "somebody")

    assert sign_in(user.username, PASSWORD).status_code == 302


def test_a_stopped_address_stops_no_account_any_further(user: User) -> None:
    for number in range(20):
        sign_in(f"user {number}", "wrong")
    fail(20, user.username)

    assert sign_in(user.username, PASSWORD, "192.0.2.2").status_code == 302


def test_who_is_signed_in_stays_so(user: User) -> None:
    client = Client()
    client.force_login(user)
    fail(30, user.username, "127.0.0.1")

    assert client.get("/").status_code == 200


def test_without_redis_sign_in_is_limited_all_the_same(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = LimitStore("redis://127.0.0.1:1/0")
    monkeypatch.setattr(limits, "store", lambda: alone)

    assert sign_in(user.username, PASSWORD).status_code == 302
    assert fail(11, user.username) == [200] * 10 + [429]


def test_a_stopped_attempt_is_one_line_in_the_log(
    user: User, caplog: pytest.LogCaptureFixture
) -> None:
    fail(10, user.username)
    caplog.clear()

    sign_in(user.username, "canary-secret")

    lines = [line for line in caplog.messages if "Sign-in" in line]
    assert lines == ["Sign-in blocked: from 192.0.2.1"]
    assert "canary" not in caplog.text


@pytest.mark.needs_redis
def test_what_is_typed_as_a_name_is_not_kept() -> None:
    sign_in("canary-secret", "wrong")

    keys = RedisStorage(redis_url(configuration.CELERY_BROKER_URL) or "").storage.keys("*")
    assert any(b"login-account" in key for key in keys)
    assert not any(b"canary" in key for key in keys)
