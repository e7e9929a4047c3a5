"""A dry run on the real thing: Celery, broker, registry; and a worker that dies over it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from harborguard.clock import Now
from registries.models import Registry
from sync import tasks
from sync.models import DryRun, State
from sync.services.starting import start_dry_run
from tests.factories import SOMEBODY
from tests.services.celery_worker import CeleryWorker
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of, sync
from tests.wait import wait_until

pytestmark = [pytest.mark.needs_redis, pytest.mark.slow]

NAMES = [f"app-{number:02}" for number in range(30)]
TAGS = [f"v{number}" for number in range(4)]
IMPATIENT = {"HARBORGUARD_LEASE_SECONDS": "4", "HARBORGUARD_REGISTRY_TIMEOUT_SECONDS": "2"}

StartWorker = Callable[..., CeleryWorker]


@pytest.fixture
def service(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    service = docker_registry()
    service.seed(NAMES, TAGS)
    return service


@pytest.fixture
def registry(service: DockerRegistry, transactional_db: None) -> Registry:
    registry = connect(service)
    sync(registry)
    return registry


def ended(queued: DryRun) -> DryRun:
    wait_until(lambda: not DryRun.objects.get(pk=queued.pk).is_live, "the dry run ends")
    return DryRun.objects.get(pk=queued.pk)


def test_a_worker_finds_out_what_the_next_sync_then_does(
    registry: Registry, service: DockerRegistry, celery_worker: StartWorker
) -> None:
    service.push_image(NAMES[0], TAGS[0], seed="moved")
    service.delete_repository(NAMES[1])
    service.seed(["new"], TAGS)
    before = inventory_of(registry)
    celery_worker("only")
    proposed: dict[str, Any] = {"tag_exclude": ["v3"]}

    found = ended(start_dry_run(registry.pk, proposed, by=SOMEBODY))

    assert inventory_of(registry) == before
    assert (found.state, found.error_code) == (State.SUCCEEDED, "")
    assert (found.added, found.moved, found.gone, found.filtered) == (3, 1, 3, 30)
    Registry.objects.filter(pk=registry.pk).update(**proposed)
    run = sync(Registry.objects.get())
    assert (run.added, run.moved, run.removed) == (found.added, found.moved, found.removed)


def test_one_whose_worker_was_killed_is_given_up_by_the_tick(
    registry: Registry, service: DockerRegistry, celery_worker: StartWorker
) -> None:
    worker = celery_worker("mortal", **IMPATIENT)
    service.pause()
    queued = start_dry_run(registry.pk, {}, by=SOMEBODY)
    running = DryRun.objects.filter(pk=queued.pk, state=State.RUNNING)
    wait_until(running.exists, "a worker takes it")
    worker.kill()
    service.resume()
    wait_until(running.filter(alive_until__lt=Now()).exists, "its worker is missed")
    tasks.tick()
    lost = ended(queued)
    assert (lost.state, lost.error_code) == (State.FAILED, "worker_lost")
    assert start_dry_run(registry.pk, {}, by=SOMEBODY).pk != lost.pk


def test_one_whose_message_was_lost_is_done_after_the_tick(
    registry: Registry, celery_worker: StartWorker
) -> None:
    celery_worker("only")
    queued = DryRun.objects.create(
        registry=registry, queued_at=Now(), rung_at=Now() - timedelta(minutes=1)
    )
    tasks.tick()
    assert ended(queued).state == State.SUCCEEDED
