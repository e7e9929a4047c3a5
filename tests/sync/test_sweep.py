"""The tick on the database's own clock: time passes by moving the rows' times."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from harborguard.clock import Now
from registries import services
from registries.errors import AuthenticationFailed
from registries.models import Registry, Status
from sync import sweep
from sync.enumeration import pipeline
from sync.models import State, SyncRun, Trigger
from sync.runs import lifecycle, queue
from sync.runs.lifecycle import Progress, Result
from tests.factories import (
    SOMEBODY,
    let_lease_run_out,
    make_claim,
    make_finished_run,
    make_registry,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
SUCCESS = Result(State.SUCCEEDED, Progress(repositories_read=3))


def the(registry: Registry) -> Registry:
    return Registry.objects.get(pk=registry.pk)


def test_edits_in_mid_run_cost_no_attempt() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    for number in range(5):
        services.change(registry.pk, tag_exclude=[f"v{number}"], by=SOMEBODY)
        SyncRun.objects.update(rung_at=Now() - timedelta(seconds=31))
        assert [one.pk for one in sweep.sweep()] == [claim.run_id]
        assert lifecycle.claim(claim.run_id, "next") is not None
    assert SyncRun.objects.get(pk=claim.run_id).attempt == 1


def test_the_sweep_rings_again_for_a_run_whose_message_was_lost_but_not_at_once() -> None:
    run = lifecycle.request(make_registry().pk, Trigger.MANUAL)
    assert [one.pk for one in sweep.sweep()] == []
    SyncRun.objects.update(rung_at=Now() - timedelta(seconds=31))
    assert [one.pk for one in sweep.sweep()] == [run.pk]
    assert [one.pk for one in sweep.sweep()] == []


def test_a_run_is_rung_for_as_it_was_written_when_it_was_queued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = lifecycle.request(make_registry().pk, Trigger.MANUAL)
    monkeypatch.setattr(queue, "_CALL_AGAIN_AFTER", timedelta(seconds=-1))

    assert [one.pk for one in sweep.sweep()] == [run.pk]


def test_the_sweep_leaves_a_worker_alone_that_keeps_its_lease() -> None:
    make_claim(make_registry())
    SyncRun.objects.update(rung_at=Now() - timedelta(hours=1))
    assert [one.pk for one in sweep.sweep()] == []


def test_the_sweep_calls_another_worker_when_a_lease_ran_out() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    let_lease_run_out(registry)
    SyncRun.objects.update(rung_at=Now() - timedelta(seconds=31))
    assert [one.pk for one in sweep.sweep()] == [claim.run_id]


def test_a_run_that_has_cost_three_workers_ends() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    for _ in range(2):
        let_lease_run_out(registry)
        assert lifecycle.claim(claim.run_id, "next") is not None
    let_lease_run_out(registry)
    assert lifecycle.claim(claim.run_id, "fourth") is None
    SyncRun.objects.update(rung_at=Now() - timedelta(seconds=31))
    assert [one.pk for one in sweep.sweep()] == []
    run = SyncRun.objects.get(pk=claim.run_id)
    assert (run.state, run.error_code) == (State.FAILED, "worker_lost")
    assert the(registry).status == Status.ERROR


def test_a_due_registry_is_requested_once_by_two_beats() -> None:
    registry = make_registry()
    Registry.objects.update(next_sync_at=Now() - timedelta(minutes=1))
    assert sweep.due_registries() == [registry.pk]
    assert sweep.request_if_due(registry.pk) is not None
    assert sweep.request_if_due(registry.pk) is None
    assert sweep.due_registries() == []


def test_a_registry_that_stopped_being_due_is_left_alone() -> None:
    registry = make_registry()
    Registry.objects.update(next_sync_at=Now() + timedelta(minutes=1))
    assert sweep.request_if_due(registry.pk) is None


def test_days_without_a_beat_are_caught_up_by_one_run() -> None:
    registry = make_registry()
    Registry.objects.update(next_sync_at=Now() - timedelta(days=3))
    run = sweep.request_if_due(registry.pk)
    assert run is not None
    claim = lifecycle.claim(run.pk, "worker")
    assert claim is not None
    lifecycle.finish(claim, SUCCESS)
    assert sweep.due_registries() == []


def test_a_new_credential_ends_the_back_off() -> None:
    registry = make_registry()
    make_finished_run(registry, State.FAILED, error=AuthenticationFailed("Authentication failed"))
    Registry.objects.update(created_at=Now() - timedelta(days=2))
    lifecycle.reschedule(registry.pk, forget_failures=True)
    after = the(registry)
    assert after.consecutive_failures == 0
    assert after.next_sync_at is not None
    assert after.next_sync_at <= lifecycle.now(registry.pk)


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_run_that_a_frozen_worker_holds_does_not_keep_the_others_waiting() -> None:
    held, waiting = (lifecycle.request(make_registry().pk, Trigger.MANUAL) for _ in range(2))
    SyncRun.objects.update(rung_at=Now() - timedelta(seconds=31))
    frozen = connection.copy()
    try:
        with connection.cursor() as ours, frozen.cursor() as theirs:
            ours.execute("SET lock_timeout = '50ms'")
            theirs.execute("BEGIN")
            theirs.execute("SELECT 1 FROM sync_syncrun WHERE id = %s FOR UPDATE", [held.pk])
            assert [one.pk for one in sweep.sweep()] == [waiting.pk]
            assert list(pipeline.run(held.pk)) == []
    finally:
        frozen.close()
        connection.close()
    assert [one.pk for one in sweep.sweep()] == [held.pk]
