from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from registries.errors import ConnectionTimedOut, WorkerLost
from registries.models import Registry
from sync.models import Phase, State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress
from sync.views import runs
from tests.factories import make_claim, make_finished_run, make_registry
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def listed(viewer: Client, registry: Registry, query: str = "") -> Any:
    return viewer.get(reverse("run-list", args=[registry.pk]) + query)


def ids(answer: Any) -> list[int]:
    return [run.pk for run in answer.context["page"].rows]


def shown(viewer: Client, run_id: int) -> str:
    return viewer.get(reverse("run-detail", args=[run_id])).content.decode()


def test_runs_are_filtered_by_state_and_trigger(viewer: Client, registry: Registry) -> None:
    good = make_finished_run(registry)
    bad = make_finished_run(registry, State.FAILED, error=ConnectionTimedOut("Too late"))
    SyncRun.objects.filter(pk=bad.pk).update(trigger=Trigger.SCHEDULE)
    make_finished_run(make_registry())

    assert ids(listed(viewer, registry)) == [bad.pk, good.pk]
    assert ids(listed(viewer, registry, "?state=failed")) == [bad.pk]
    assert ids(listed(viewer, registry, "?trigger=manual")) == [good.pk]
    assert ids(listed(viewer, registry, "?state=nonsense")) == [bad.pk, good.pk]
    nothing = listed(viewer, registry, "?state=failed&trigger=manual")
    assert "No matching runs" in nothing.content.decode()


def test_older_runs_keep_the_filter(
    viewer: Client, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "RUNS_PER_PAGE", 2)
    made = [make_finished_run(registry).pk for _ in range(3)]

    first = listed(viewer, registry, "?state=succeeded")
    older = first.context["page"].next
    second = listed(viewer, registry, f"?state=succeeded&before={older}")

    assert ids(first) + ids(second) == made[::-1]
    assert f"?state=succeeded&amp;before={older}" in first.content.decode()
    assert second.context["page"].next is None


def test_the_number_of_queries_does_not_grow(
    viewer: Client, registry: Registry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = [make_finished_run(registry) for _ in range(5)]

    with django_assert_max_num_queries(4):
        listed(viewer, registry)
    with django_assert_max_num_queries(3):
        shown(viewer, made[0].pk)


def test_a_run_shows_the_step_at_which_it_failed(viewer: Client, registry: Registry) -> None:
    error = ConnectionTimedOut("Connection timed out: /v2/_catalog")
    run = make_finished_run(registry, State.FAILED, error=error, progress=Progress(Phase.CATALOG))

    page = shown(viewer, run.pk)

    assert "Failed while listing repositories" in page
    assert "Connection timed out: /v2/_catalog" in page
    assert error.hint in page
    registry_page = viewer.get(reverse("registry-detail", args=[registry.pk])).content.decode()
    assert "The last sync failed while listing repositories" in registry_page


def test_a_successful_run_is_done(registry: Registry) -> None:
    assert make_finished_run(registry, progress=Progress(Phase.ABSENCE)).phase == Phase.DONE


def test_an_abandoned_run_failed_at_its_last_step(registry: Registry) -> None:
    claim = make_claim(registry)
    lifecycle.renew(claim, Progress(Phase.TAGS))
    error = WorkerLost("Worker lost")
    result = lifecycle.Result(State.FAILED, Progress(Phase.TAGS), error=error)
    lifecycle.finish(claim, result)

    assert SyncRun.objects.get().phase == Phase.TAGS


def test_a_run_links_to_its_changes(viewer: Client, registry: Registry) -> None:
    changed, idle = make_finished_run(registry), make_finished_run(registry)
    SyncRun.objects.filter(pk=changed.pk).update(moved=3)

    assert f'href="{reverse("changes")}?run={changed.pk}"' in shown(viewer, changed.pk)
    assert "View changes" not in shown(viewer, idle.pk)


def test_failed_repositories_are_listed_with_their_reasons(
    viewer: Client, registry: Registry
) -> None:
    run = make_finished_run(
        registry,
        State.PARTIAL,
        progress=Progress(repositories_read=3, repositories_failed=120),
        failed_repositories=[
            {"repository": "team/<b>", "code": "access_denied", "message": "Access denied"}
        ],
    )

    page = shown(viewer, run.pk)

    assert "team/&lt;b&gt;" in page
    assert "Access denied" in page
    assert "Showing the first 1 of 120." in page


def test_only_a_live_run_polls(viewer: Client, registry: Registry) -> None:
    claim = make_claim(registry)
    assert 'hx-trigger="every 2s"' in shown(viewer, claim.run_id)
    assert "Measuring…" in shown(viewer, claim.run_id)

    lifecycle.finish(claim, lifecycle.Result(State.SUCCEEDED, Progress()))
    assert "every 2s" not in shown(viewer, claim.run_id)
