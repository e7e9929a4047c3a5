"""The queue's door, with a broker that is there, is not there, or does not answer."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from harborguard import celery_app
from harborguard.clock import Now
from registries.models import Registry, Status
from sync import tasks
from sync.models import State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import SyncInProgress
from sync.services.starting import start_sync
from tests.factories import SOMEBODY, make_registry
from tests.services import valkey
from tests.services.celery_worker import CeleryWorker
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of
from tests.wait import wait_until

pytestmark = [pytest.mark.needs_redis, pytest.mark.django_db(transaction=True)]
# A person waits for it: the broker is given a second, and a noisy machine some more.
AT_ONCE_SECONDS = 5


@pytest.fixture
def broker_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder where a broker of this test may run; none does yet."""
    with tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp") as folder:
        monkeypatch.setattr(celery_app.conf, "broker_url", f"redis+socket://{folder}/socket")
        yield Path(folder)


def test_a_sync_that_is_asked_for_without_a_broker_is_queued_at_once(broker_folder: Path) -> None:
    registry = make_registry()
    started = time.monotonic()
    run = start_sync(registry.pk, Trigger.MANUAL, by=SOMEBODY)
    assert time.monotonic() - started < AT_ONCE_SECONDS
    assert run.state == State.QUEUED
    assert Registry.objects.get(pk=registry.pk).status == Status.SYNCING


def test_a_frozen_broker_keeps_nobody_waiting(broker_folder: Path) -> None:
    broker = valkey.start(broker_folder)
    try:
        broker.pause()
        started = time.monotonic()
        run = start_sync(make_registry().pk, Trigger.MANUAL, by=SOMEBODY)
        assert time.monotonic() - started < AT_ONCE_SECONDS
        assert run.state == State.QUEUED
    finally:
        broker.stop()


def test_the_run_starts_when_the_broker_is_back(
    broker_folder: Path,
    docker_registry: DockerRegistryFactory,
    celery_worker: Callable[..., CeleryWorker],
) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    registry = connect(service)
    run = start_sync(registry.pk, Trigger.MANUAL, by=SOMEBODY)
    broker = valkey.start(broker_folder)
    try:
        celery_worker("late", REDIS_URL=f"redis+socket://{broker_folder}/socket")
        SyncRun.objects.update(rung_at=Now() - timedelta(seconds=31))
        tasks.tick()
        wait_until(lambda: not SyncRun.objects.get(pk=run.pk).is_live, "the run ends")
        assert inventory_of(registry) == service.inventory()
    finally:
        broker.stop()


def test_a_rolled_back_request_calls_nobody(broker_folder: Path) -> None:
    registry = make_registry()
    lifecycle.request(registry.pk, Trigger.MANUAL)
    with pytest.raises(SyncInProgress):
        start_sync(registry.pk, Trigger.MANUAL, by=SOMEBODY)
    assert SyncRun.objects.count() == 1


def test_a_tick_queues_what_is_due_once(broker_folder: Path) -> None:
    due, later = make_registry(), make_registry()
    Registry.objects.filter(pk=due.pk).update(next_sync_at=Now() - timedelta(minutes=1))
    Registry.objects.filter(pk=later.pk).update(next_sync_at=Now() + timedelta(minutes=1))
    for _ in range(2):
        tasks.tick()
    assert list(SyncRun.objects.values_list("registry", "trigger")) == [(due.pk, "schedule")]


def test_a_message_for_a_run_that_is_gone_does_no_harm() -> None:
    tasks.run_sync(10**15)
    tasks.run_sync(-1)
