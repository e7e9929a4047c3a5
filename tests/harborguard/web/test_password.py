from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from harborguard.access.models import AuditEntry, User
from tests.factories import make_user

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as ClientResponse

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse"
NEW = "battery staple 7"


@pytest.fixture
def user() -> User:
    return make_user(password=PASSWORD)


@pytest.fixture
def browser(user: User) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.1")
    client.force_login(user)
    return client


def change(browser: Client, old: str, new: str = NEW, again: str = NEW) -> ClientResponse:
    form = {"old_password": old, "new_password1": new, "new_password2": again}
    return browser.post("/password", form)


def told() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_the_old_password_is_guessed_ten_times_and_no_more(browser: Client, user: User) -> None:
    guessed = [change(browser, f"guess {number}").status_code for number in range(11)]

    assert guessed == [200] * 10 + [429]
    assert change(browser, PASSWORD).status_code == 429
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_guesses_here_and_at_the_sign_in_count_together(browser: Client, user: User) -> None:
    form = {"username": user.username, "password": "wrong"}
    for _ in range(5):
        Client(REMOTE_ADDR="192.0.2.2").post("/login", form)

    assert [change(browser, "wrong").status_code for _ in range(6)] == [200] * 5 + [429]
    assert Client(REMOTE_ADDR="192.0.2.2").post("/login", form).status_code == 429


def test_guesses_from_one_address_count_together(user: User) -> None:
    for number in range(20):
        form = {"username": f"user {number}", "password": "wrong"}
        Client(REMOTE_ADDR="192.0.2.1").post("/login", form)
    browser = Client(REMOTE_ADDR="192.0.2.1")
    browser.force_login(user)

    assert change(browser, "wrong").status_code == 429


def test_a_wrong_old_password_is_told_and_one_that_was_not_looked_at_is_not(
    browser: Client, user: User
) -> None:
    for _ in range(12):
        change(browser, "canary-secret")

    assert told() == ["user.password_change_failed"] * 10
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.object_id, entry.address) == (user.username, user.pk, "192.0.2.1")
    assert "canary" not in repr(AuditEntry.objects.values())


def test_a_new_password_that_does_not_fit_is_no_guess(browser: Client) -> None:
    answers = [change(browser, PASSWORD, again="other").status_code for _ in range(12)]

    assert answers == [200] * 12
    assert told() == []


def test_changing_it_again_and_again_is_not_limited(browser: Client) -> None:
    passwords = [PASSWORD, *(f"battery staple {number}" for number in range(12))]

    answers = [change(browser, old, new, new).status_code for old, new in pairwise(passwords)]

    assert answers == [302] * 12
    assert told() == ["user.password_changed"] * 12
