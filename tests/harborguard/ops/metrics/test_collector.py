from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from harborguard.clock import Now
from harborguard.ops.metrics.collector import METRICS
from registries.errors import AuthenticationFailed
from registries.models import Registry
from registries.transport.identity import VERSION
from sync import tasks
from sync.models import State, SyncRun, Trigger
from sync.runs import lifecycle
from tests.factories import make_claim, make_finished_run, make_registry
from tests.pages import hold_everything, observe

pytestmark = pytest.mark.django_db


def scrape() -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels."""
    return {
        (sample.name.removeprefix("harborguard_"), *sample.labels.values()): sample.value
        for family in METRICS.collect()
        for sample in family.samples
    }


def test_a_registry_that_has_never_been_synced() -> None:
    make_registry(name="hub")

    samples = scrape()

    assert samples["registry_status", "hub", "DISCONNECTED"] == 1
    assert samples["registry_status", "hub", "CONNECTED"] == 0
    assert samples["sync_runs_total", "hub", "succeeded"] == 0
    assert samples["sync_duration_seconds_count", "hub"] == 0
    assert ("registry_health_ratio", "hub") not in samples
    assert ("registry_last_success_timestamp_seconds", "hub") not in samples


def test_what_has_become_of_its_syncs() -> None:
    registry = make_registry(name="hub")
    make_finished_run(registry, repository_count=2, image_count=40)
    make_finished_run(registry, repository_count=2, image_count=40)
    make_finished_run(registry, State.FAILED, error=AuthenticationFailed("No"))
    SyncRun.objects.update(started_at=F("finished_at") - timedelta(seconds=20))
    registry.refresh_from_db()

    samples = scrape()

    assert samples["sync_runs_total", "hub", "succeeded"] == 2
    assert samples["sync_runs_total", "hub", "failed"] == 1
    assert samples["sync_duration_seconds_count", "hub"] == 3
    assert samples["sync_duration_seconds_sum", "hub"] == pytest.approx(60)
    assert samples["registry_status", "hub", "ERROR"] == 1
    assert samples["registry_health_ratio", "hub"] == pytest.approx(2 / 3, abs=0.01)
    assert samples["registry_consecutive_failures", "hub"] == 1
    assert samples["registry_repositories", "hub"] == 2
    assert samples["registry_images", "hub"] == 40
    assert registry.last_sync_at
    last_success = samples["registry_last_success_timestamp_seconds", "hub"]
    assert last_success == pytest.approx(registry.last_sync_at.timestamp(), abs=0.01)


def test_a_superseded_run_has_an_end_but_no_duration() -> None:
    registry = make_registry(name="hub")
    lifecycle.request(registry.pk, Trigger.MANUAL)
    SyncRun.objects.update(queued_at=Now() - timedelta(hours=25))

    lifecycle.request(registry.pk, Trigger.MANUAL)

    samples = scrape()
    assert samples["sync_runs_total", "hub", "superseded"] == 1
    assert samples["sync_duration_seconds_count", "hub"] == 0


def test_removals_that_wait_for_a_person() -> None:
    registry = make_registry(name="hub")
    observe(registry, "team/api", {"1": 1, "2": 2})
    make_registry(name="other")
    hold_everything(registry)

    samples = scrape()

    assert samples["registry_held_removals", "hub"] == 2
    assert samples["registry_held_removals", "other"] == 0


def test_what_waits_and_what_is_at_work() -> None:
    waiting = lifecycle.request(make_registry().pk, Trigger.MANUAL)
    SyncRun.objects.filter(pk=waiting.pk).update(queued_at=Now() - timedelta(seconds=90))
    make_claim(make_registry())

    samples = scrape()

    assert samples["queued_runs",] == 1
    assert samples["running_runs",] == 1
    assert 90 <= samples["oldest_queued_run_age_seconds",] < 150


def test_an_installation_with_nothing_in_it() -> None:
    tasks.tick()

    samples = scrape()

    assert samples["build_info", VERSION] == 1
    assert samples["queued_runs",] == samples["oldest_queued_run_age_seconds",] == 0
    assert samples["last_sweep_timestamp_seconds",] > 1_700_000_000


def test_many_registries_cost_as_many_queries_as_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_finished_run(make_registry())
    # Registries, ended runs, held removals, pending and last pushes, backlog, sweep.
    with django_assert_num_queries(7):
        scrape()

    for _ in range(20):
        make_finished_run(make_registry())
    with django_assert_num_queries(7):
        scrape()


def test_nothing_without_a_bound_is_a_label() -> None:
    observe(make_registry(), "canary/repository", {"canary-tag": 1})
    Registry.objects.update(error_message="canary")

    assert "canary" not in str(scrape())
    assert {name for family in METRICS.collect() for s in family.samples for name in s.labels} == {
        "registry",
        "status",
        "outcome",
        "version",
    }


def test_a_registry_that_has_never_been_read_meets_an_alert_of_the_guide() -> None:
    make_finished_run(make_registry(name="hub"), State.FAILED, error=AuthenticationFailed("No"))
    guide = (settings.BASE_DIR / "docs/operations.md").read_text()
    thresholds = re.findall(r"^  expr: harborguard_(\w+) > (\d+)$", guide, re.MULTILINE)
    samples = scrape()

    assert "registry_consecutive_failures" in {
        name for name, threshold in thresholds if samples.get((name, "hub"), 0) > float(threshold)
    }
