from __future__ import annotations

from datetime import timedelta

import pytest

from harborguard.clock import Now
from registries.models import Registry
from sync.models import Phase, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress
from sync.runs.pace import Pace, pace_of
from tests.factories import make_claim, make_finished_run, make_registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def past(registry: Registry, minutes: int, **columns: object) -> None:
    run = make_finished_run(registry, progress=Progress(repositories_read=200))
    began = Now() - timedelta(minutes=minutes)
    SyncRun.objects.filter(pk=run.pk).update(started_at=began, finished_at=Now(), **columns)


def going_on(registry: Registry, progress: Progress, *, seconds: int) -> Pace | None:
    claim = make_claim(registry)
    lifecycle.renew(claim, progress)
    began = Now() - timedelta(seconds=seconds)
    Registry.objects.filter(pk=registry.pk).update(last_attempt_at=began)
    return pace_of(SyncRun.objects.select_related("registry").get(pk=claim.run_id))


def test_it_counts_what_failed_as_done_and_goes_by_this_attempt(registry: Registry) -> None:
    progress = Progress(Phase.TAGS, 1000, 95, 5, requests_sent=400)

    pace = going_on(registry, progress, seconds=100)

    assert pace is not None
    assert pace.done == 100
    assert pace.repositories_a_second == pytest.approx(1, rel=0.2)
    assert pace.requests_a_second == pytest.approx(4, rel=0.2)
    assert pace.left == "about 15 minutes left"


def test_what_is_listed_so_far_is_not_taken_for_all(registry: Registry) -> None:
    past(registry, minutes=10)

    pace = going_on(registry, Progress(Phase.CATALOG, 5000), seconds=60)

    assert pace is not None
    assert pace.left == "about 9 minutes left"


def test_runs_that_needed_more_than_one_worker_are_no_measure(registry: Registry) -> None:
    past(registry, minutes=600, attempt=2)
    past(registry, minutes=600, trigger=Trigger.PUSH)

    pace = going_on(registry, Progress(Phase.PING), seconds=1)

    assert pace is not None
    assert pace.left == ""


def test_what_nobody_works_on_has_none(registry: Registry) -> None:
    queued = lifecycle.request(registry.pk, Trigger.MANUAL)

    assert pace_of(SyncRun.objects.select_related("registry").get(pk=queued.pk)) is None
