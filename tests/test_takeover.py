"""A worker dies or freezes in the middle of a run, on the real thing: Celery, broker, registry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import Count

from harborguard.clock import Now
from inventory.models import Image, ImageEvent
from registries.models import Registry
from sync import tasks
from sync.models import State, SyncRun, Trigger
from sync.runs import lifecycle, queue
from sync.services.starting import start_sync
from tests.factories import SOMEBODY
from tests.services.celery_worker import CeleryWorker
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of
from tests.wait import wait_until

pytestmark = [pytest.mark.needs_redis, pytest.mark.slow]

NAMES = [f"app-{number:03}" for number in range(230)]
TAGS = [f"v{number}" for number in range(6)]
IMPATIENT = {"HARBORGUARD_LEASE_SECONDS": "4", "HARBORGUARD_REGISTRY_TIMEOUT_SECONDS": "2"}

StartWorker = Callable[..., CeleryWorker]


@pytest.fixture
def service(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    service = docker_registry()
    service.seed(NAMES, TAGS)
    return service


@pytest.fixture
def registry(service: DockerRegistry, transactional_db: None) -> Registry:
    return connect(service)


def start(registry: Registry) -> SyncRun:
    return start_sync(registry.pk, Trigger.MANUAL, by=SOMEBODY)


def until_mid_run(run: SyncRun, service: DockerRegistry) -> None:
    """Wait until something is recorded, and hold the registry so that the run stays there.

    The worker then waits for an answer, in no transaction: it renews its lease, and writes no more.
    """
    wait_until(lambda: SyncRun.objects.get(pk=run.pk).added > 0, "the run records something")
    service.pause()
    seen: list[tuple[object, int]] = []

    def only_renews() -> bool:
        live = SyncRun.objects.select_related("registry").get(pk=run.pk)
        seen.append((live.registry.lease_until, live.added))
        (lease, added), (later_lease, later_added) = seen[-2:] if seen[1:] else seen * 2
        return lease != later_lease and added == later_added

    wait_until(only_renews, "the worker waits for the registry")
    assert SyncRun.objects.get(pk=run.pk).state == State.RUNNING, "the run was too quick"


def until_lease_ran_out(registry: Registry) -> None:
    expired = Registry.objects.filter(pk=registry.pk, lease_until__lt=Now())
    wait_until(expired.exists, "the lease runs out")


def tick() -> None:
    """Run the tick as if the run had been queued half a minute ago."""
    SyncRun.objects.update(rung_at=Now() - timedelta(seconds=31))
    tasks.tick()


def until_finished(run: SyncRun) -> SyncRun:
    wait_until(lambda: not SyncRun.objects.get(pk=run.pk).is_live, "the run ends")
    return SyncRun.objects.get(pk=run.pk)


def test_another_worker_ends_the_run_of_one_that_was_killed(
    registry: Registry, service: DockerRegistry, celery_worker: StartWorker
) -> None:
    first = celery_worker("first", **IMPATIENT)
    run = start(registry)
    until_mid_run(run, service)
    first.kill()
    service.resume()
    recorded = Image.objects.count()
    assert 0 < recorded < len(NAMES) * len(TAGS)

    until_lease_ran_out(registry)
    celery_worker("second", **IMPATIENT)
    tick()
    ended = until_finished(run)

    assert (ended.state, ended.attempt) == (State.SUCCEEDED, 2)
    assert inventory_of(registry) == service.inventory()
    assert ended.added == len(NAMES) * len(TAGS)
    per_image = ImageEvent.objects.values("image").annotate(events=Count("pk"))
    assert not per_image.exclude(events=1).exists()


def test_a_worker_that_froze_and_wakes_after_the_takeover_writes_nothing(
    registry: Registry, service: DockerRegistry, celery_worker: StartWorker
) -> None:
    frozen = celery_worker("frozen", **IMPATIENT)
    run = start(registry)
    until_mid_run(run, service)
    frozen.freeze()
    service.resume()
    until_lease_ran_out(registry)
    celery_worker("second", **IMPATIENT)
    tick()
    ended = until_finished(run)
    moved = service.push_image(NAMES[0], TAGS[0], seed="after the takeover")
    registry_after = Registry.objects.values().get()
    images_after = list(Image.objects.order_by("pk").values())

    frozen.wake()
    wait_until(lambda: "this worker stops" in frozen.said(), "the woken worker notices")

    assert ended.state == State.SUCCEEDED
    assert list(Image.objects.order_by("pk").values()) == images_after
    assert moved not in {image["digest"] for image in images_after}
    assert Registry.objects.values().get() == registry_after
    assert SyncRun.objects.get(pk=run.pk).state == State.SUCCEEDED


def test_a_worker_that_is_told_to_stop_gives_the_run_back_at_once(
    registry: Registry, service: DockerRegistry, celery_worker: StartWorker
) -> None:
    worker = celery_worker("stopped", HARBORGUARD_LEASE_SECONDS="9")
    run = start(registry)
    until_mid_run(run, service)
    worker.ask_to_stop()
    wait_until(lambda: not worker.alive, "the worker ends")
    given_back = SyncRun.objects.get(pk=run.pk)
    assert (given_back.state, given_back.attempt) == (State.QUEUED, 0)
    assert Registry.objects.get(pk=registry.pk).lease_until is None
    service.resume()
    celery_worker("next")
    assert until_finished(run).state == State.SUCCEEDED


def test_a_message_that_comes_many_times_starts_one_run(
    registry: Registry, service: DockerRegistry, celery_worker: StartWorker
) -> None:
    run = start(registry)
    for _ in range(10):
        queue.call_worker(run)
    celery_worker("first", **IMPATIENT)
    celery_worker("second", **IMPATIENT)
    ended = until_finished(run)
    assert (ended.state, ended.attempt) == (State.SUCCEEDED, 1)
    assert lifecycle.claim(run.pk, "late") is None
