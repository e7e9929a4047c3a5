from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry, Role
from tests.factories import SOMEBODY, make_user
from tests.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Action = AuditEntry.Action


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/audit{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_entry_is_told_with_its_changes(admin: Client) -> None:
    by = Actor("ada", address="192.0.2.7", request_id="0123456789abcdef")
    changes = {"role": ("viewer", "admin"), "email": ("", "a@b.example"), "seen": (None, 3)}
    audit.record(Action.USER_CHANGED, by=by, on=make_user(username="bob"), changes=changes)

    shown = re.sub(r"<[^>]+>", "", page(admin))

    for text in ("ada", "192.0.2.7", "user.changed", "bob", "viewer → admin", "0123456789abcdef"):
        assert text in shown


def test_values_are_told_in_words(admin: Client) -> None:
    changes = {"is_active": (True, False), "tag_include": (["*"], ["v1", "v2"]), "note": ("a", "")}
    audit.record(Action.USER_CHANGED, by=SOMEBODY, changes=changes)

    shown = re.sub(r"<[^>]+>", "", page(admin))

    for text in ("isActive: yes → no", "tagInclude: * → v1, v2", "note: a → none"):
        assert text in shown


def test_foreign_text_is_text(admin: Client) -> None:
    evil = "<script>alert(1)</script>"
    by = Actor(evil, request_id=evil)
    audit.record(Action.USER_CHANGED, by=by, name=evil, changes={evil: (evil, [evil])})

    shown = page(admin, "?user=<script>alert(2)</script>") + page(admin)

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "&lt;script&gt;alert(2)" in shown


def test_it_is_filtered_by_action_by_whom_and_by_name(admin: Client) -> None:
    audit.record(Action.SIGNED_OUT, by=Actor("ada"), name="first")
    audit.record(Action.USER_CHANGED, by=Actor("bob"), name="second")

    for query in ("?action=user.signed_out&user=&search=", "?user=ada", "?search=FIRS"):
        shown = page(admin, query)
        assert "first" in shown
        assert "second" not in shown


def test_it_is_filtered_by_what_it_is_about_and_by_day(admin: Client) -> None:
    ada, bob = make_user(username="ada"), make_user(username="bob")
    audit.record(Action.USER_CHANGED, by=SOMEBODY, on=ada)
    audit.record(Action.USER_CHANGED, by=SOMEBODY, on=bob)
    today = AuditEntry.objects.latest("pk").at.date()

    about = page(admin, f"?objectType=user&objectId={ada.pk}")
    assert ">ada</a>" in about
    assert ">bob</a>" not in about
    assert ">ada</a>" in page(admin, f"?day={today}")
    assert "No entries" in page(admin, f"?day={today - timedelta(days=1)}")
    assert "alert-danger" in page(admin, "?day=yesterday")


def test_a_filter_that_is_none_is_said_to_be_so(admin: Client) -> None:
    audit.record(Action.SIGNED_OUT, by=SOMEBODY, name="an entry")

    shown = page(admin, "?action=nonsense")

    assert "alert-danger" in shown
    assert "an entry" not in shown


def test_older_entries_are_a_page_further_with_the_same_filter(admin: Client) -> None:
    for number in range(60):
        audit.record(Action.SIGNED_OUT, by=SOMEBODY, name=f"entry-{number:02}")

    first = page(admin, "?action=user.signed_out")
    [older] = re.findall(r'rel="next" href="/audit([^"]+)"', first)
    second = page(admin, older.replace("&amp;", "&"))

    names = re.findall(r"entry-\d\d", first) + re.findall(r"entry-\d\d", second)
    assert names == [f"entry-{number:02}" for number in reversed(range(60))]
    assert "Newest" in second


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "١٢", ""])
def test_a_place_that_is_none_is_the_newest(admin: Client, before: str) -> None:
    audit.record(Action.SIGNED_OUT, by=SOMEBODY, name="an entry")

    assert "an entry" in page(admin, f"?before={before}")


def test_a_longer_page_costs_no_more_queries(
    admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(60):
        audit.record(Action.SIGNED_OUT, by=SOMEBODY)

    with django_assert_num_queries(3):
        page(admin)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_it_is_admins_business_and_only_they_see_the_link(role: Role) -> None:
    client = signed_in(role)

    assert client.get("/audit").status_code == 403
    assert 'href="/audit"' not in client.get("/profile").content.decode()
    assert 'href="/audit"' in signed_in(Role.ADMIN).get("/profile").content.decode()
