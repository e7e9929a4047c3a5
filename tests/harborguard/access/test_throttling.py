from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import include, path
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from harborguard.access import limits
from harborguard.access.actor import Actor
from harborguard.access.keys import create_key
from harborguard.access.models import Role, User
from tests.factories import make_registry, make_user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


class Sync(APIView):
    def post(self, _: Request) -> Response:
        return Response(status=202)

    def get(self, _: Request) -> Response:
        return Response()


_api = [
    path("sync", Sync.as_view(), name="registry-sync"),
    path("registries", Sync.as_view(), name="registries"),
]
urlpatterns = [path("api/", include((_api, "api"))), path("admin/", admin.site.urls)]


@pytest.fixture
def three_a_minute(settings: Settings) -> None:
    settings.LIMITS = limits.configured({"sync": "3/minute", "test-connection": "3/minute"})


@pytest.fixture
def api(settings: Settings, three_a_minute: None) -> None:
    settings.ROOT_URLCONF = __name__


def with_key(user: User, name: str) -> APIClient:
    _, secret = create_key(user, name, Role.DEVELOPER, by=Actor(name="tests"))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def with_session(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.mark.usefixtures("api")
def test_the_limit_of_a_route_stops_a_key_and_says_for_how_long() -> None:
    client = with_key(make_user(Role.DEVELOPER), "ci")

    answers = [client.post("/api/sync") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 61
    assert answers[-1].json()["code"] == "rate_limited"


@pytest.mark.usefixtures("api")
def test_all_keys_of_a_user_and_their_session_have_one_budget() -> None:
    user = make_user(Role.DEVELOPER)
    clients = [with_key(user, "ci"), with_key(user, "laptop"), with_session(user)]
    for client in clients:
        assert client.post("/api/sync").status_code == 202

    assert [client.post("/api/sync").status_code for client in clients] == [429] * 3


@pytest.mark.usefixtures("api")
def test_users_do_not_use_up_each_others_budget() -> None:
    for _ in range(2):
        client = with_key(make_user(Role.DEVELOPER), "ci")
        assert [client.post("/api/sync").status_code for _ in range(3)] == [202] * 3


@pytest.mark.usefixtures("api")
def test_a_route_without_a_limit_has_none() -> None:
    client = with_key(make_user(Role.DEVELOPER), "ci")

    assert {client.get("/api/registries").status_code for _ in range(10)} == {200}


@pytest.mark.usefixtures("api")
def test_who_may_not_is_refused_and_not_counted(settings: Settings) -> None:
    settings.LIMITS = limits.configured({"sync": "1/minute"})
    user = make_user(Role.VIEWER)
    assert with_session(user).post("/api/sync").status_code == 403
    user.role = Role.DEVELOPER
    user.save()

    assert with_session(user).post("/api/sync").status_code == 202


@pytest.mark.usefixtures("three_a_minute")
def test_a_button_is_limited_with_a_page_that_says_for_how_long() -> None:
    client = signed_in(Role.DEVELOPER)
    address = f"/registries/{make_registry().pk}/sync"

    answers = [client.post(address) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 61
    assert "Too many requests of this kind. Try again in" in answers[-1].content.decode()


@pytest.mark.usefixtures("three_a_minute")
def test_looking_at_pages_is_not_limited() -> None:
    client = signed_in(Role.DEVELOPER)

    assert {client.get("/").status_code for _ in range(10)} == {200}
