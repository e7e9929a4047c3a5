from __future__ import annotations

import logging
import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings
from structlog.contextvars import get_contextvars

from harborguard.access.keys import create_key
from harborguard.access.models import Role
from harborguard.web.middleware import request_id, request_log
from tests.factories import SOMEBODY, make_user
from tests.pages import signed_in

GIVEN = "proxy-4711.a_b"


def own_id() -> re.Pattern[str]:
    return re.compile(r"[0-9a-f]{32}")


def test_every_answer_has_an_id_of_its_own() -> None:
    ids = {Client().get("/healthz")["X-Request-ID"] for _ in range(2)}

    assert len(ids) == 2
    assert all(own_id().fullmatch(one) for one in ids)


def test_a_stranger_does_not_choose_the_id() -> None:
    answer = Client().get("/healthz", headers={"X-Request-ID": GIVEN})

    assert own_id().fullmatch(answer["X-Request-ID"])


def test_a_proxy_of_ours_chooses_the_id(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1

    assert Client().get("/healthz", headers={"X-Request-ID": GIVEN})["X-Request-ID"] == GIVEN


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with space", "line\nbreak", "ünïcödé!"])
def test_an_id_that_does_not_fit_a_log_is_replaced(settings: Settings, given: str) -> None:
    settings.TRUSTED_PROXIES = 1
    request = RequestFactory().get("/", headers={"X-Request-ID": given})

    assert own_id().fullmatch(request_id(lambda _: HttpResponse())(request)["X-Request-ID"])


def test_what_is_logged_meanwhile_carries_the_id_and_nothing_afterwards() -> None:
    meanwhile: dict[str, object] = {}

    def view(request: HttpRequest) -> HttpResponse:
        meanwhile.update(get_contextvars())
        return HttpResponse()

    answer = request_id(view)(RequestFactory().get("/"))

    assert meanwhile == {"request_id": answer["X-Request-ID"]}
    assert get_contextvars() == {}


def test_the_line_of_a_request_names_who_asked_and_costs_no_query(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "harborguard.request")

    request_log(lambda _: HttpResponse())(RequestFactory().get("/registries/1?secret=canary"))

    [line] = caplog.records
    assert line.__dict__["path"] == "/registries/1"
    assert line.__dict__["user_id"] is None
    assert "canary" not in line.getMessage()


@pytest.mark.django_db
def test_the_line_of_a_request_names_its_user(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "harborguard.request")
    client = signed_in(Role.VIEWER)

    client.get("/")

    [line] = [record for record in caplog.records if record.name == "harborguard.request"]
    assert line.__dict__["user_id"] == int(client.session["_auth_user_id"])
    assert line.__dict__["status"] == 200


@pytest.mark.django_db
def test_the_line_of_a_request_names_its_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "harborguard.request")
    user = make_user(Role.VIEWER)
    row, key = create_key(user, "script", Role.VIEWER, by=SOMEBODY)

    Client().get("/api/me", headers={"Authorization": f"Bearer {key}"})

    [line] = [record for record in caplog.records if record.name == "harborguard.request"]
    assert (line.__dict__["user_id"], line.__dict__["key_id"]) == (user.pk, row.pk)
    assert key not in caplog.text
