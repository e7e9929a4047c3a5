"""API views guard themselves. One that does not is refused before it is called."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from harborguard.access.models import Role
from tests.api_client import caller
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


class Guarded(APIView):
    def get(self, _: Request) -> Response:
        return Response("canary")


class Open(Guarded):
    permission_classes = (AllowAny,)


def plain(_: HttpRequest) -> HttpResponse:
    return HttpResponse("canary")


_api = [
    path("listed", Guarded.as_view(), name="me"),
    path("plain", plain, name="plain"),
    path("listed-plain", plain, name="runs"),
    path("guarded", Guarded.as_view(), name="guarded"),
    path("open", Open.as_view(), name="open"),
    path("listed-open", Open.as_view(), name="images"),
]
urlpatterns = [path("api/", include((_api, "api"))), path("admin/", admin.site.urls)]


@pytest.fixture(autouse=True)
def only_these(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


def test_a_view_that_asks_the_table_is_called() -> None:
    assert caller(Role.VIEWER).get("/api/listed").status_code == 200
    assert Client().get("/api/listed").status_code == 401


@pytest.mark.parametrize("name", ["plain", "listed-plain", "guarded", "open", "listed-open"])
def test_a_view_without_an_entry_or_a_guard_lets_nobody_in(name: str) -> None:
    for client in (Client(), signed_in(Role.ADMIN), caller(Role.ADMIN)):
        answer = client.get(f"/api/{name}")

        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
        assert "canary" not in answer.content.decode()
