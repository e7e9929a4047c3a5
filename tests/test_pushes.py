"""A push to a real registry, its own notification, a real worker: and it is in the inventory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django.live_server_helper import LiveServer

from registries.models import Registry, Status
from sync.models import PushDelivery, State, SyncRun, Trigger, Verdict
from tests.deliveries import let_tell
from tests.services.celery_worker import CeleryWorker
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of, sync
from tests.wait import wait_until

pytestmark = [pytest.mark.needs_redis, pytest.mark.django_db(transaction=True), pytest.mark.slow]

StartWorker = Callable[..., CeleryWorker]


@pytest.fixture
def service(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    service = docker_registry()
    service.push_image("team/app", "v1", "one")
    return service


@pytest.fixture
def registry(
    service: DockerRegistry, live_server: LiveServer, celery_worker: StartWorker
) -> Registry:
    """Synced once, and telling of pushes from then on."""
    registry = connect(service, schedule="on_push")
    sync(registry)
    let_tell(service, registry, live_server.url)
    celery_worker()
    return registry


def until_known(service: DockerRegistry, registry: Registry) -> None:
    wait_until(lambda: inventory_of(registry) == service.inventory(), "the inventory follows")
    wait_until(lambda: not runs(registry, State.QUEUED, State.RUNNING), "its runs end")


def runs(registry: Registry, *states: State) -> list[SyncRun]:
    found = SyncRun.objects.filter(registry=registry, trigger=Trigger.PUSH)
    return list(found.filter(state__in=states) if states else found)


def test_what_is_pushed_is_in_the_inventory(service: DockerRegistry, registry: Registry) -> None:
    before = Registry.objects.get(pk=registry.pk)
    service.push_image("team/new", "v2", "two")
    until_known(service, registry)
    [run] = runs(registry)
    assert (run.state, run.added, run.repositories_listed) == (State.SUCCEEDED, 1, 0)
    told = PushDelivery.objects.filter(registry=registry, verdict=Verdict.ACCEPTED).get()
    assert told.run_id == run.pk
    assert told.named == [{"repository": "team/new", "tag": "v2", "action": "pushed"}]
    after = Registry.objects.get(pk=registry.pk)
    for column in ("status", "health", "last_sync_at", "last_attempt_at", "next_sync_at"):
        assert getattr(after, column) == getattr(before, column)
    assert (after.status, after.image_count) == (Status.CONNECTED, 2)


def test_a_deleted_manifest_leaves_the_inventory(
    service: DockerRegistry, registry: Registry
) -> None:
    digest = service.push_image("team/app", "v2", "two")
    until_known(service, registry)
    service.delete_manifest("team/app", digest)
    wait_until(lambda: inventory_of(registry) == service.inventory(), "the image leaves")
    assert inventory_of(registry)["team/app"].keys() == {"v1"}


def test_a_burst_is_read_by_few_runs(service: DockerRegistry, registry: Registry) -> None:
    for number in range(50):
        service.push_image("team/app", f"b{number}", f"{number}")
    until_known(service, registry)
    assert len(inventory_of(registry)["team/app"]) == 51
    assert len(runs(registry)) <= 3
