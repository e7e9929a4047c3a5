from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from harborguard.access.models import Role
from harborguard.web.theme import COOKIE
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_a_choice_is_in_the_page_before_any_script(chosen: str) -> None:
    client = signed_in(Role.VIEWER)

    came_from = {"Referer": "http://testserver/profile?page=1"}
    answer = client.post("/theme", {"theme": chosen}, headers=came_from, follow=True)

    assert f'<html lang="en" data-bs-theme="{chosen}">' in answer.content.decode()
    assert answer.redirect_chain == [("http://testserver/profile?page=1", 302)]


@pytest.mark.parametrize("chosen", ["system", "", "<script>"])
def test_whatever_else_is_as_the_system_says(chosen: str) -> None:
    client = signed_in(Role.VIEWER)
    client.cookies[COOKIE] = "dark"

    client.post("/theme", {"theme": chosen})

    assert '<html lang="en">' in client.get("/profile").content.decode()


def test_a_cookie_that_is_none_of_ours_is_not_believed() -> None:
    client = Client()
    client.cookies[COOKIE] = '"><script>'

    assert '<html lang="en">' in client.get("/login").content.decode()


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_it_leads_to_no_other_site(page: str) -> None:
    answer = signed_in(Role.VIEWER).post("/theme", {"theme": "dark"}, headers={"Referer": page})

    assert answer["Location"] == "/"


def test_a_choice_is_kept_for_a_year_and_from_scripts(settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = True

    kept = Client().post("/theme", {"theme": "dark"}).cookies[COOKIE]

    assert (kept["max-age"], kept["httponly"], kept["secure"]) == (31_536_000, True, True)
    assert kept["samesite"] == "Lax"


def test_a_form_from_another_site_chooses_nothing() -> None:
    answer = Client(enforce_csrf_checks=True).post("/theme", {"theme": "dark"})

    assert answer.status_code == 403
    assert COOKIE not in answer.cookies
