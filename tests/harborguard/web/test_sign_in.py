from __future__ import annotations

import pytest
from django.test import Client

from harborguard.access.models import Role
from tests.factories import make_user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


def test_a_failed_sign_in_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    user = make_user()

    for name in (user.username, "canary typed in the wrong field\nforged line"):
        Client().post("/login", {"username": name, "password": "canary"}, REMOTE_ADDR="192.0.2.7")

    lines = [record.getMessage() for record in caplog.records if "Sign-in" in record.getMessage()]
    assert lines == [
        f"Sign-in failed: user name {user.username}, from 192.0.2.7",
        "Sign-in failed: no such user, from 192.0.2.7",
    ]
    assert "canary" not in caplog.text


def test_a_good_sign_in_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    user = make_user(password="correct horse")

    answer = Client().post("/login", {"username": user.username, "password": "correct horse"})

    assert answer.status_code == 302
    assert "Sign-in" not in caplog.text


@pytest.mark.parametrize(
    "address", ["/admin/access/user/", "/admin/login/?next=/admin/access/user/"]
)
def test_a_stranger_enters_the_admin_by_the_one_login(address: str) -> None:
    user = make_user(Role.ADMIN, password="correct horse")
    client = Client()
    sign_in, _ = client.get(address, follow=True).redirect_chain[-1]
    assert sign_in.startswith("/login?next=")

    form = {"username": user.username, "password": "correct horse"}
    answer = client.post(sign_in, form, follow=True)

    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == "/admin/access/user/"


def test_the_admin_sends_nobody_to_another_site() -> None:
    client = Client()
    client.force_login(make_user(Role.ADMIN))

    assert client.get("/admin/login/?next=https://evil.example")["Location"] == "/admin/"


def test_who_may_not_try_again_yet_is_led_back_to_the_login_and_not_to_the_overview() -> None:
    form = {"username": make_user().username, "password": "wrong"}
    stopped = [Client().post("/login", form) for _ in range(11)][-1]
    shown = stopped.content.decode()

    assert stopped.status_code == 429
    assert 'href="/login"' in shown
    assert "Go to the overview" not in shown


def test_signing_out_after_the_session_has_ended_leads_to_the_login() -> None:
    assert Client().post("/logout")["Location"] == "/login"


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/"])
def test_who_is_no_admin_is_told_so_and_offered_no_second_login(address: str) -> None:
    answer = signed_in(Role.DEVELOPER).get(address, follow=True)

    assert answer.status_code == 403
    assert "This requires the role admin." in answer.content.decode()
    assert 'type="password"' not in answer.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_everybody_changes_their_own_password(role: Role) -> None:
    user = make_user(role, password="correct horse")
    client = Client()
    client.force_login(user)
    assert 'href="/password"' in client.get("/profile").content.decode()

    new = "battery staple 7"
    form = {"old_password": "correct horse", "new_password1": new, "new_password2": new}
    answer = client.post("/password", form, follow=True)

    assert answer.redirect_chain == [("/profile", 302)]
    assert "Your password was changed." in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(new)


def test_a_wrong_old_password_changes_nothing_and_says_so() -> None:
    answer = signed_in(Role.VIEWER).post("/password", {"old_password": "wrong"})

    assert "old password was entered incorrectly" in answer.content.decode()
