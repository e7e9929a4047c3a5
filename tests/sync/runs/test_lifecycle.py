"""The lifecycle on the database's own clock: time passes here by moving the rows' times."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import F

from harborguard.access.models import Role
from harborguard.clock import Now
from registries import services
from registries.errors import AuthenticationFailed, NetworkError, RateLimited
from registries.models import Registry, Status
from sync.models import Phase, State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import LeaseLost, Progress, Result, SyncInProgress
from tests.factories import (
    SOMEBODY,
    let_lease_run_out,
    make_claim,
    make_finished_run,
    make_registry,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
SUCCESS = Result(State.SUCCEEDED, Progress(repositories_read=3))


def the(registry: Registry) -> Registry:
    return Registry.objects.get(pk=registry.pk)


def test_a_registry_nobody_has_synced_is_disconnected_and_has_no_health() -> None:
    registry = the(make_registry())
    assert (registry.status, registry.health) == (Status.DISCONNECTED, None)


def test_a_requested_run_waits_and_the_registry_is_syncing() -> None:
    registry, user = make_registry(), make_user(Role.DEVELOPER)
    run = lifecycle.request(registry.pk, Trigger.MANUAL, user=user)
    assert (run.state, run.requested_by) == (State.QUEUED, user)
    assert the(registry).status == Status.SYNCING


def test_a_second_request_names_the_live_run() -> None:
    registry = make_registry()
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    with pytest.raises(SyncInProgress) as refusal:
        lifecycle.request(registry.pk, Trigger.MANUAL)
    assert refusal.value.run == run


def test_a_run_whose_lease_ran_out_is_superseded_by_a_request() -> None:
    registry = make_registry()
    old = make_claim(registry)
    let_lease_run_out(registry)
    lifecycle.request(registry.pk, Trigger.MANUAL)
    assert SyncRun.objects.get(pk=old.run_id).state == State.SUPERSEDED
    with pytest.raises(LeaseLost):
        lifecycle.renew(old)


def test_a_run_older_than_a_day_is_superseded_even_with_a_live_lease() -> None:
    registry = make_registry()
    old = make_claim(registry)
    SyncRun.objects.update(started_at=F("started_at") - timedelta(hours=25))
    lifecycle.request(registry.pk, Trigger.MANUAL)
    with pytest.raises(LeaseLost):
        lifecycle.finish(old, SUCCESS)


@pytest.mark.parametrize("state", State)
def test_a_run_without_a_lease_is_superseded_if_it_is_running(state: State) -> None:
    registry = make_registry()
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    run.state = state
    assert the(registry).lease_until is None
    assert lifecycle.may_be_superseded(run, the(registry)) == (state == State.RUNNING)


def test_a_run_is_claimed_once() -> None:
    run = lifecycle.request(make_registry().pk, Trigger.MANUAL)
    assert lifecycle.claim(run.pk, "first") is not None
    assert lifecycle.claim(run.pk, "second") is None


def test_a_finished_run_is_not_to_be_had() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    lifecycle.finish(claim, SUCCESS)
    assert lifecycle.claim(claim.run_id, "late") is None
    assert the(registry).lease_until is None


def test_a_takeover_shuts_the_frozen_worker_out() -> None:
    registry = make_registry()
    frozen = make_claim(registry)
    let_lease_run_out(registry)
    second = lifecycle.claim(frozen.run_id, "second")
    assert second is not None
    assert second.fence > frozen.fence
    with pytest.raises(LeaseLost):
        lifecycle.renew(frozen, added=1)
    with pytest.raises(LeaseLost):
        lifecycle.finish(frozen, SUCCESS)
    lifecycle.finish(second, SUCCESS)
    assert SyncRun.objects.get(pk=frozen.run_id).added == 0


def test_renewal_keeps_the_lease_and_shows_progress() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    let_lease_run_out(registry)
    lifecycle.renew(claim, Progress(Phase.TAGS, tags_seen=7), added=2)
    lifecycle.renew(claim, None, added=3)
    run = SyncRun.objects.get(pk=claim.run_id)
    assert (run.phase, run.tags_seen, run.added) == (Phase.TAGS, 7, 5)
    assert Registry.objects.filter(pk=registry.pk, lease_until__gt=Now()).exists()


def test_a_success_connects_the_registry_and_sets_the_next_sync() -> None:
    registry = make_registry(schedule="daily")
    lifecycle.finish(make_claim(registry), Result(State.SUCCEEDED, Progress(), image_count=5))
    after = the(registry)
    assert (after.status, after.health, after.image_count) == (Status.CONNECTED, 100, 5)
    assert after.last_sync_at is not None
    assert after.next_sync_at is not None
    assert after.next_sync_at - after.last_sync_at >= timedelta(hours=24) - timedelta(seconds=5)


def test_a_manual_registry_has_no_next_sync() -> None:
    registry = make_registry(schedule="manual")
    lifecycle.finish(make_claim(registry), SUCCESS)
    assert the(registry).next_sync_at is None


def test_a_failure_keeps_the_last_success_and_says_what_to_check() -> None:
    registry = make_registry()
    make_finished_run(registry)
    last_success = the(registry).last_sync_at
    make_finished_run(registry, State.FAILED, error=NetworkError("Network error: refused"))
    after = the(registry)
    assert (after.status, after.health) == (Status.ERROR, 50)
    assert (after.error_code, after.error_message) == ("network_error", "Network error: refused")
    assert after.error_hint
    assert after.last_sync_at == last_success
    assert after.consecutive_failures == 1


def test_the_next_success_clears_the_error() -> None:
    registry = make_registry()
    make_finished_run(registry, State.FAILED, error=NetworkError("Network error: refused"))
    make_finished_run(registry)
    after = the(registry)
    assert (after.status, after.error_code, after.consecutive_failures) == (
        Status.CONNECTED,
        "",
        0,
    )


def test_a_partial_run_counts_by_the_share_it_read() -> None:
    registry = make_registry()
    progress = Progress(repositories_read=3, repositories_failed=1)
    make_finished_run(registry, State.PARTIAL, progress=progress)
    assert (the(registry).status, the(registry).health) == (Status.CONNECTED, 75)


def test_a_superseded_run_does_not_count_for_health() -> None:
    registry = make_registry()
    make_claim(registry)
    let_lease_run_out(registry)
    make_finished_run(registry)
    assert the(registry).health == 100


def test_a_refused_credential_is_not_retried_within_the_hour() -> None:
    registry = make_registry()
    make_finished_run(registry, State.FAILED, error=AuthenticationFailed("Authentication failed"))
    hour = Now() + timedelta(minutes=59)
    assert Registry.objects.filter(pk=registry.pk, next_sync_at__gt=hour).exists()


def test_a_retry_waits_as_long_as_the_registry_asks() -> None:
    registry = make_registry()
    error = RateLimited("Rate limited", retry_after=36_000)
    make_finished_run(registry, State.FAILED, error=error)
    assert Registry.objects.filter(next_sync_at__gt=Now() + timedelta(hours=9)).exists()


def test_a_released_run_waits_again_and_costs_no_attempt() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    lifecycle.release(claim)
    run = SyncRun.objects.get(pk=claim.run_id)
    assert (run.state, run.attempt) == (State.QUEUED, 0)
    assert lifecycle.claim(run.pk, "next") is not None


def test_a_worker_that_gave_its_run_back_writes_nothing_more() -> None:
    claim = make_claim(make_registry())
    lifecycle.release(claim)
    with pytest.raises(LeaseLost):
        lifecycle.renew(claim)


def test_an_attempt_starts_its_own_count_and_keeps_the_start_and_the_changes() -> None:
    registry = make_registry()
    first = make_claim(registry)
    started_at = SyncRun.objects.get(pk=first.run_id).started_at
    lifecycle.renew(first, Progress(Phase.TAGS, 9, 8, 7, 6, 5, 4), added=3)
    let_lease_run_out(registry)
    lifecycle.claim(first.run_id, "second")
    run = SyncRun.objects.get(pk=first.run_id)
    assert Progress.of(run) == Progress()
    assert (run.added, run.started_at) == (3, started_at)
    last_attempt_at = the(registry).last_attempt_at
    assert started_at is not None
    assert last_attempt_at is not None
    assert last_attempt_at > started_at


def test_a_changed_configuration_shuts_out_the_run_that_read_the_old_one() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    services.change(registry.pk, tag_exclude=["*-rc*"], by=SOMEBODY)
    with pytest.raises(LeaseLost):
        lifecycle.renew(claim)
    assert lifecycle.claim(claim.run_id, "next") is not None


def test_a_deleted_registry_stops_its_run() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    the(registry).delete()
    with pytest.raises(LeaseLost):
        lifecycle.renew(claim)


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_at_once_one_is_queued() -> None:
    registry = make_registry()

    def request(_: int) -> bool:
        try:
            lifecycle.request(registry.pk, Trigger.MANUAL)
        except SyncInProgress:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(request, range(16))) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_gets_the_run() -> None:
    run = lifecycle.request(make_registry().pk, Trigger.MANUAL)

    def claim(number: int) -> bool:
        try:
            return lifecycle.claim(run.pk, f"worker {number}") is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(16))) == 1
