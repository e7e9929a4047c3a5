from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harborguard.access.models import Role
from registries.errors import AuthenticationFailed
from registries.models import Registry
from sync.models import State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress
from tests.api_client import Caller, caller
from tests.factories import make_finished_run, make_registry, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def viewer() -> Caller:
    return caller(Role.VIEWER)


def ids(viewer: Caller, url: str = "/api/runs", **query: Any) -> list[int]:
    answer = viewer.get(url, query)
    assert answer.status_code == 200, answer.content
    return [run["id"] for run in answer.json()["results"]]


def make_runs(registry: Registry, count: int) -> list[int]:
    """Return the ids of the runs, newest first."""
    return [make_finished_run(registry).pk for _ in range(count)][::-1]


def test_a_run_has_its_progress_and_error(viewer: Caller) -> None:
    run = make_finished_run(
        make_registry(name="ours"),
        State.FAILED,
        progress=Progress(repositories_listed=200, requests_sent=7),
        error=AuthenticationFailed("Authentication failed"),
    )

    body = viewer.get(f"/api/runs/{run.pk}").json()

    assert (body["registry"], body["registryId"]) == ("ours", run.registry_id)
    assert (body["state"], body["trigger"], body["requestedBy"]) == ("failed", "manual", None)
    assert body["progress"]["repositoriesListed"] == 200
    assert body["error"]["code"] == "authentication_failed"
    assert (body["warnings"], body["failedRepositories"]) == ([], [])


def test_runs_are_paged_newest_first(viewer: Caller) -> None:
    runs = make_runs(make_registry(), 5)

    first = viewer.get("/api/runs", {"pageSize": 2}).json()
    second = viewer.get(first["next"]).json()
    third = viewer.get(second["next"]).json()

    pages = [[run["id"] for run in page["results"]] for page in (first, second, third)]
    assert pages == [runs[:2], runs[2:4], runs[4:]]
    assert third["next"] is None
    assert viewer.get(second["previous"]).json()["results"] == first["results"]


def test_runs_of_a_registry_are_listed_by_path_or_filter(viewer: Caller) -> None:
    ours, theirs = make_registry(), make_registry()
    runs = make_runs(ours, 2)
    make_runs(theirs, 1)

    assert ids(viewer, f"/api/registries/{ours.pk}/runs") == runs
    assert ids(viewer, registry=ours.pk) == runs
    assert viewer.get("/api/registries/4711/runs").status_code == 404


def test_the_list_is_filtered(viewer: Caller) -> None:
    registry = make_registry()
    [old, good] = make_runs(registry, 2)[::-1]
    SyncRun.objects.filter(pk=old).update(queued_at=datetime(2020, 1, 1, tzinfo=UTC))
    live = lifecycle.request(registry.pk, Trigger.PUSH).pk
    day_ago = (datetime.now(UTC) - timedelta(days=1)).isoformat()

    assert ids(viewer, state="succeeded") == [good, old]
    assert ids(viewer, trigger="push") == [live]
    assert ids(viewer, queuedSince=day_ago) == [live, good]
    assert ids(viewer, queuedSince=day_ago, trigger="manual") == [good]
    assert ids(viewer, f"/api/registries/{registry.pk}/runs", state="queued") == [live]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"registry": "ours"}, "registry"),
        ({"registry": "9" * 30}, "registry"),
        ({"state": "lost"}, "state"),
        ({"trigger": "x"}, "trigger"),
        ({"queuedSince": "yesterday"}, "queuedSince"),
        ({"registry": 4711}, "registry"),
        ({"queuedSince": "0001-01-01T00:00:00+14:00"}, "queuedSince"),
        ({"queuedSince": "9999-12-31T23:59:59-14:00"}, "queuedSince"),
        ({"page": "2"}, "page"),
        ({"cursor": "abc"}, "cursor"),
        ({"ordering": "state"}, "ordering"),
    ],
)
def test_an_unknown_filter_is_rejected(viewer: Caller, query: dict[str, str], field: str) -> None:
    answer = viewer.get("/api/runs", query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("unknown", ["4711", "9" * 30, "x", "-1"])
def test_an_unknown_run_is_not_found(viewer: Caller, unknown: str) -> None:
    assert viewer.get(f"/api/runs/{unknown}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_list(viewer: Caller) -> None:
    user = make_user()

    def add() -> None:
        lifecycle.request(make_registry().pk, Trigger.MANUAL, user=user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = viewer.get("/api/runs")
        assert all(run["requestedBy"] == user.username for run in answer.json()["results"])
        return len(captured)

    add()
    queries()
    for_one = queries()
    for _ in range(29):
        add()
    assert queries() == for_one
