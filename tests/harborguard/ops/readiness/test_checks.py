"""Each check by itself, on the tests' database and broker."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from harborguard import celery_app
from harborguard.clock import Now
from harborguard.ops.readiness.broker import broker
from harborguard.ops.readiness.credential_keys import credential_keys
from harborguard.ops.readiness.database import database
from harborguard.ops.readiness.migrations import migrations
from harborguard.ops.readiness.outcome import NotReady, Outcome
from harborguard.ops.readiness.queue import queue
from harborguard.ops.readiness.sweep import sweep
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from sync import tasks
from sync.models import Sweep, SyncRun, Trigger
from sync.runs import lifecycle
from tests.factories import let_lease_run_out, make_claim, make_registry

pytestmark = pytest.mark.django_db

LOGIN = Login("robot", "canary")
LONG_AGO = Now() - timedelta(minutes=11)


def refusal_of(check: Any) -> NotReady:
    with pytest.raises(NotReady) as refusal:
        check()
    return refusal.value


def queued_long_ago(registry: Registry) -> SyncRun:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    SyncRun.objects.filter(pk=run.pk).update(queued_at=LONG_AGO)
    return run


def test_a_database_that_answers_passes() -> None:
    assert database().passed


@pytest.mark.needs_redis
def test_a_broker_that_answers_passes() -> None:
    assert broker().passed


def test_a_broker_that_is_not_there_fails_without_saying_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(celery_app.conf, "broker_url", "redis://user:canary@127.0.0.1:1/0")

    refusal = refusal_of(broker)

    assert "The broker does not answer" in str(refusal)
    assert "canary" not in f"{refusal} {refusal.__cause__}"
    assert "127.0.0.1" not in str(refusal)


def test_applied_migrations_pass() -> None:
    assert migrations().passed


def test_migrations_that_wait_fail() -> None:
    [last] = MigrationLoader(connection).graph.leaf_nodes("sync")
    MigrationRecorder(connection).record_unapplied(*last)

    assert "1 migrations are not applied" in str(refusal_of(migrations))


def test_no_stored_login_needs_no_key() -> None:
    assert credential_keys().passed


def test_stored_logins_that_open_pass() -> None:
    make_registry(login=LOGIN)

    assert credential_keys().passed


def test_of_all_logins_no_more_are_read_than_are_opened() -> None:
    make_registry(login=LOGIN)

    with CaptureQueriesContext(connection) as asked:
        credential_keys()

    first, second = (query["sql"] for query in asked)
    assert first.startswith("SELECT DISTINCT")
    assert "LIMIT 3" in second


def test_a_key_that_is_gone_fails_without_being_named(settings: Settings) -> None:
    make_registry(login=LOGIN)
    settings.CREDENTIAL_KEYS = f"another:{secrets.token_hex(32)}"

    refusal = str(refusal_of(credential_keys))

    assert "HARBORGUARD_CREDENTIAL_KEYS" in refusal
    assert "tests" not in refusal


def test_a_key_that_has_changed_under_its_id_fails(settings: Settings) -> None:
    make_registry(login=LOGIN)
    key_id, _, _ = settings.CREDENTIAL_KEYS.partition(":")
    settings.CREDENTIAL_KEYS = f"{key_id}:{secrets.token_hex(32)}"

    assert "1 of the 1 keys" in str(refusal_of(credential_keys))


def test_an_older_key_that_is_gone_fails_while_the_active_one_opens(settings: Settings) -> None:
    make_registry(login=LOGIN)
    settings.CREDENTIAL_KEYS = f"new:{secrets.token_hex(32)}"
    make_registry(login=LOGIN)

    assert "1 of the 2 keys" in str(refusal_of(credential_keys))


@pytest.mark.parametrize("damaged", ["", "nonsense", "v1.tests.AAAA.AAAA"])
def test_one_damaged_login_is_its_registry_s_trouble(damaged: str) -> None:
    first, _, last = (make_registry(login=LOGIN) for _ in range(3))

    Credential.objects.filter(registry__in=[first, last]).update(envelope=damaged)

    assert credential_keys().passed


def test_an_empty_queue_passes() -> None:
    assert queue() == Outcome(
        True, "Nothing waits", {"queued": 0, "running": 0, "oldestQueuedSeconds": 0}
    )


def test_a_run_that_has_just_been_queued_passes() -> None:
    lifecycle.request(make_registry().pk, Trigger.MANUAL)

    assert queue().facts["queued"] == 1


def test_a_run_that_no_worker_takes_fails() -> None:
    queued_long_ago(make_registry())

    refusal = refusal_of(queue)

    assert "Check the workers" in str(refusal)
    assert refusal.facts["oldestQueuedSeconds"] >= 660


def test_a_long_queue_before_busy_workers_passes() -> None:
    queued_long_ago(make_registry())
    make_claim(make_registry())

    assert queue().facts["oldestQueuedSeconds"] >= 660


def test_workers_that_have_died_at_their_runs_are_none() -> None:
    queued_long_ago(make_registry())
    dead = make_registry()
    make_claim(dead)
    let_lease_run_out(dead)
    Registry.objects.update(last_attempt_at=LONG_AGO)

    assert "Check the workers" in str(refusal_of(queue))


def test_a_run_that_was_given_back_has_not_waited_since_it_was_first_queued() -> None:
    registry = make_registry()
    run = queued_long_ago(registry)
    claim = lifecycle.claim(run.pk, owner="tests")
    assert claim
    Registry.objects.update(last_attempt_at=LONG_AGO)

    lifecycle.release(claim)

    assert queue().facts == {"queued": 1, "running": 0, "oldestQueuedSeconds": 0}


def test_a_recent_sweep_passes() -> None:
    tasks.tick()

    assert sweep().facts["lastSweepSeconds"] <= 60


def test_every_tick_is_remembered_in_one_row() -> None:
    tasks.tick()
    Sweep.objects.update(swept_at=LONG_AGO)

    tasks.tick()

    assert Sweep.objects.count() == 1
    assert sweep().passed


def test_a_sweep_that_is_long_ago_fails() -> None:
    tasks.tick()
    Sweep.objects.update(swept_at=LONG_AGO)

    refusal = refusal_of(sweep)

    assert "Check beat" in str(refusal)
    assert refusal.facts["lastSweepSeconds"] >= 660


def test_no_sweep_on_record_fails() -> None:
    Sweep.objects.all().delete()

    assert "No sweep" in str(refusal_of(sweep))
