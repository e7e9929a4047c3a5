from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harborguard.access.models import Role
from registries.errors import AuthenticationFailed
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from sync.models import State, Trigger
from sync.runs import lifecycle
from tests.api_client import Caller, caller
from tests.factories import make_finished_run, make_registry, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def viewer() -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def three() -> list[Registry]:
    """Registries that are connected, failing and never synced."""
    good = make_registry(name="Alpha", url="https://one.example.com", schedule="weekly")
    bad = make_registry(name="beta", url="https://two.example.com")
    new = make_registry(name="gamma", url="https://three.example.org", schedule="manual")
    make_finished_run(good)
    make_finished_run(bad, State.FAILED, error=AuthenticationFailed("Authentication failed"))
    return [good, bad, new]


def names(viewer: Caller, **query: Any) -> list[str]:
    answer = viewer.get("/api/registries", query)
    assert answer.status_code == 200, answer.content
    return [registry["name"] for registry in answer.json()["results"]]


def test_each_registry_has_its_state(viewer: Caller, three: list[Registry]) -> None:
    body = viewer.get("/api/registries").json()

    assert body["count"] == 3
    good, bad, new = body["results"]
    assert (good["status"], good["health"], good["lastError"]) == ("CONNECTED", 100, None)
    assert good["lastSyncAt"] is not None
    assert (bad["status"], bad["health"]) == ("ERROR", 0)
    assert bad["lastError"]["code"] == "authentication_failed"
    assert bad["lastError"]["hint"].startswith("Check whether the credentials were rotated")
    assert (new["status"], new["health"], new["lastSyncAt"]) == ("DISCONNECTED", None, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"name": "ALPH"}, ["Alpha"]),
        ({"provider": "distribution"}, ["Alpha", "beta", "gamma"]),
        ({"status": "ERROR"}, ["beta"]),
        ({"schedule": "manual"}, ["gamma"]),
        ({"search": "example.org"}, ["gamma"]),
        ({"search": "bet"}, ["beta"]),
        ({"search": " "}, []),
        ({"name": " "}, []),
        ({"status": "CONNECTED", "schedule": "manual"}, []),
    ],
)
def test_the_list_is_filtered(
    viewer: Caller, three: list[Registry], query: dict[str, str], expected: list[str]
) -> None:
    assert names(viewer, **query) == expected


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("-name", ["gamma", "beta", "Alpha"]),
        ("health", ["gamma", "beta", "Alpha"]),
        ("-health", ["Alpha", "beta", "gamma"]),
        ("lastSyncAt", ["beta", "gamma", "Alpha"]),
        ("createdAt", ["Alpha", "beta", "gamma"]),
        ("url", ["Alpha", "gamma", "beta"]),
    ],
)
def test_the_list_is_sorted(
    viewer: Caller, three: list[Registry], ordering: str, expected: list[str]
) -> None:
    assert names(viewer, ordering=ordering) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "connected"}, "status"),
        ({"schedule": "hourly"}, "schedule"),
        ({"provider": "nobody's"}, "provider"),
        ({"ordering": "caPem"}, "ordering"),
        ({"nome": "x"}, "nome"),
        ({"page": "0"}, "page"),
        ({"pageSize": "201"}, "pageSize"),
    ],
)
def test_an_unknown_filter_or_order_is_rejected(
    viewer: Caller, query: dict[str, str], field: str
) -> None:
    answer = viewer.get("/api/registries", query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_the_number_of_queries_does_not_grow_with_the_list(viewer: Caller) -> None:
    user = make_user()

    def add() -> None:
        registry = make_registry(login=Login("robot", "secret"))
        lifecycle.request(registry.pk, Trigger.MANUAL, user=user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = viewer.get("/api/registries")
        assert all(row["currentRun"]["requestedBy"] for row in answer.json()["results"])
        return len(captured)

    add()
    queries()
    for_one = queries()
    for _ in range(29):
        add()
    assert queries() == for_one


def test_long_fields_are_only_returned_for_a_single_registry(viewer: Caller) -> None:
    registry = make_registry(known_repositories=["team/app"])

    listed = viewer.get("/api/registries").json()["results"][0]
    single = viewer.get(f"/api/registries/{registry.pk}").json()

    assert set(single) - set(listed) == {"caPem", "knownRepositories", "rateLimit", "webhookUrl"}
    assert single["knownRepositories"] == ["team/app"]


@pytest.mark.parametrize(
    ("role", "text"),
    [
        (Role.VIEWER, {"changedAt"}),
        (Role.DEVELOPER, {"changedAt"}),
        (Role.ADMIN, {"changedAt", "username"}),
    ],
)
def test_user_names_of_credentials_are_only_returned_to_admins(role: Role, text: set[str]) -> None:
    registry = make_registry(login=Login("robot", "secret"))
    script = caller(role, owner=make_user(Role.ADMIN))

    [listed] = script.get("/api/registries").json()["results"]
    single = script.get(f"/api/registries/{registry.pk}").json()

    assert set(listed["credential"]) == set(single["credential"]) == text
