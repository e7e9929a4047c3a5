"""A connection that relies on pushes, and hears none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registries import services
from registries.models import Registry, Webhook
from registries.providers import PROVIDERS
from registries.webhook import setup
from sync.enumeration import silence
from sync.models import SyncRun
from tests.deliveries import body, deliver, event
from tests.factories import SOMEBODY
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    return service


def told(registry: Registry) -> list[str]:
    return [warning["code"] for warning in sync(registry).warnings]


def is_silent(registry: Registry) -> bool:
    return setup.is_silent(Registry.objects.get(pk=registry.pk))


def connected(service: DockerRegistry, schedule: str = "on_push") -> Registry:
    registry = connect(service, schedule=schedule)
    setup.webhook_of(registry)
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


def test_a_webhook_that_nobody_has_set_up_is_silent_too(service: DockerRegistry) -> None:
    registry = connect(service, schedule="on_push")
    sync(registry)
    service.push_image("team/app", "v2", "two")
    assert told(registry) == [silence.CODE]
    assert is_silent(registry)


def test_what_another_filter_lets_in_was_not_for_a_push_to_tell(service: DockerRegistry) -> None:
    service.push_image("team/app", "v2", "two")
    registry = connect(service, schedule="on_push", tag_exclude=["v2"])
    sync(registry)
    services.change(registry.pk, by=SOMEBODY, tag_exclude=["v1"])
    run = sync(registry)
    assert (run.added, run.removed) == (1, 1)
    assert run.warnings == []
    service.push_image("team/app", "v3", "three")
    assert told(registry) == [silence.CODE], "the next sync reads what the one before has read"


def test_what_pushes_have_taught_us_is_no_edit(service: DockerRegistry) -> None:
    registry = connected(service)
    sync(registry)
    services.learn_repositories(registry.pk, ["team/app"])
    service.push_image("team/app", "v2", "two")
    assert told(registry) == [silence.CODE]


@pytest.mark.parametrize("tells_deletes", [True, False])
def test_a_product_that_tells_of_no_deletes_is_not_blamed_for_them(
    service: DockerRegistry, monkeypatch: pytest.MonkeyPatch, tells_deletes: bool
) -> None:
    product = PROVIDERS["distribution"]
    assert product.pushes is not None
    pushes = replace(product.pushes, reports_deletions=tells_deletes)
    monkeypatch.setitem(PROVIDERS, product.slug, replace(product, pushes=pushes))
    service.push_image("team/app", "v2", "two")
    registry = connected(service)
    sync(registry)
    service.delete_tag("team/app", "v2")
    run = sync(registry)
    assert run.removed == 1
    assert bool(run.warnings) == tells_deletes


def test_a_product_that_tells_nobody_of_pushes_is_not_blamed(
    service: DockerRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = connect(service, schedule="on_push")
    sync(registry)
    mute = replace(PROVIDERS["distribution"], pushes=None)
    monkeypatch.setitem(PROVIDERS, mute.slug, mute)
    service.push_image("team/app", "v2", "two")
    assert told(registry) == []


def test_what_a_person_has_confirmed_needs_no_push(service: DockerRegistry) -> None:
    service.seed(["team/app"], [f"v{number}" for number in range(25)])
    registry = connected(service)
    sync(registry)
    for number in range(24):
        service.delete_tag("team/app", f"v{number}")
    assert sync(registry).held == 24
    run: SyncRun = sync(registry, confirms_removals=True)
    assert run.removed == 24
    assert run.warnings == []
