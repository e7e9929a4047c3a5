"""A connection that relies on pushes, and hears none."""

from __future__ import annotations

import pytest

from registries import webhooks
from registries.models import Registry, Webhook
from sync import silence
from tests.pushing import body, deliver, event
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.syncing import connect, sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    return service


def told(registry: Registry) -> list[str]:
    return [warning["code"] for warning in sync(registry).warnings]


def is_silent(registry: Registry) -> bool:
    return webhooks.is_silent(Registry.objects.get(pk=registry.pk))


def connected(service: DockerRegistry, schedule: str = "on_push") -> Registry:
    registry = connect(service, schedule=schedule)
    webhooks.webhook_of(registry)
    return registry


def test_a_sync_that_finds_what_no_push_told_of_says_so(service: DockerRegistry) -> None:
    registry = connected(service)
    assert told(registry) == [], "the first sync finds everything"
    assert told(registry) == [], "nothing has changed"
    service.push_image("team/app", "v2", "two")
    assert told(registry) == [silence.CODE]
    assert is_silent(registry)
    deliver(registry, body([event("pull", "team/app", "v2")]))
    assert not is_silent(registry)


def test_a_webhook_that_was_heard_is_not_silent(service: DockerRegistry) -> None:
    registry = connected(service)
    sync(registry)
    service.push_image("team/app", "v2", "two")
    deliver(registry, body([event("pull", "team/app", "v2")]))
    assert told(registry) == []


def test_a_connection_with_a_schedule_does_not_rely_on_pushes(service: DockerRegistry) -> None:
    registry = connected(service, schedule="daily")
    sync(registry)
    service.push_image("team/app", "v2", "two")
    assert told(registry) == []
    assert Webhook.objects.get().silent_since is None
