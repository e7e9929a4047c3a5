from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from harborguard.access.models import Role
from harborguard.web.theme import COOKIE
from sync.views import registry_list
from tests.factories import make_registry, make_user
from tests.pages import signed_in

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as ClientResponse

pytestmark = pytest.mark.django_db


def test_a_fault_of_ours_is_a_page_that_tells_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(registry_list, "Paginator", fail)
    client = signed_in(Role.VIEWER)
    client.raise_request_exception = False

    answer = client.get("/registries")

    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()
    assert "canary" not in answer.content.decode()


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("canary: the server closed the connection")

    monkeypatch.setattr(connection, "cursor", refuse)


def told_request(answer: ClientResponse) -> bool:
    return answer["X-Request-ID"] in answer.content.decode()


@pytest.mark.parametrize("address", ["/", "/nothing", "/login", "/admin/"])
def test_without_a_database_the_page_of_a_fault_still_comes(
    no_database: None, address: str
) -> None:
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "s" * 32
    client.cookies[COOKIE] = "dark"

    answer = client.get(address)

    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()
    assert 'data-bs-theme="dark"' in answer.content.decode()
    assert "canary" not in answer.content.decode()
    assert told_request(answer)


def test_every_refusal_tells_its_request() -> None:
    viewer, strict = signed_in(Role.VIEWER), Client(enforce_csrf_checks=True)
    answers = {
        400: viewer.get("/registries?q=%00"),
        403: viewer.get("/users"),
        404: viewer.get("/nothing"),
        405: viewer.post("/audit"),
    }

    assert {status: answer.status_code for status, answer in answers.items()} == {
        status: status for status in answers
    }
    expired = strict.post("/login", {"username": "ada"})
    assert expired.status_code == 403
    assert "This form has expired" in expired.content.decode()
    for answer in (*answers.values(), expired):
        assert told_request(answer)


def test_a_buttons_address_that_is_opened_says_where_the_button_is() -> None:
    answer = signed_in(Role.VIEWER).get("/theme")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "This URL belongs to a button" in answer.content.decode()


def test_an_unknown_host_name_says_which_setting_it_needs() -> None:
    answer = Client().get("/login", headers={"host": "elsewhere.example"})

    assert answer.status_code == 400
    assert "ALLOWED_HOSTS" in answer.content.decode()


def test_an_unknown_address_is_the_same_page_for_a_stranger() -> None:
    answer = Client().get("/nothing")

    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


@pytest.mark.parametrize("query", ["q=a%00", "%00=a", "status__exact=%00", "name__exact=a%00b"])
@pytest.mark.parametrize("page", ["registry-detail", "admin:registries_registry_changelist"])
def test_a_nul_in_an_address_is_refused(page: str, query: str) -> None:
    client = Client()
    client.force_login(make_user(Role.ADMIN))
    arguments = [] if page.startswith("admin:") else [make_registry().pk]

    answer = client.get(f"{reverse(page, args=arguments)}?{query}")

    assert answer.status_code == 400
    assert "The request is malformed" in answer.content.decode()


@pytest.mark.parametrize("model", ["django_celery_beat/periodictask", "registries/registry"])
def test_no_admin_page_may_run_inline_scripts(model: str) -> None:
    client = Client()
    client.force_login(make_user(Role.ADMIN))

    policy = client.get(f"/admin/{model}/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", ["/", "/nothing", "/admin/", "/registries/connect"])
def test_no_page_is_kept_by_a_browser_or_a_proxy(address: str) -> None:
    kept = signed_in(Role.ADMIN).get(address)["Cache-Control"]

    assert "no-store" in kept
    assert "private" in kept


def test_a_static_file_may_be_kept() -> None:
    answer = Client().get("/static/favicon.svg")
    answer.close()

    assert answer.status_code == 200
    assert "no-store" not in answer.headers.get("Cache-Control", "")


def test_no_page_allows_inline_scripts_or_styles() -> None:
    policy = Client().get("/login")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
