from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from inventory.models import Image
from sync.models import SyncRun, Trigger
from sync.runs import lifecycle
from tests.factories import make_registry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, sync

pytestmark = pytest.mark.django_db


def test_there_must_be_something_to_confirm() -> None:
    make_registry(name="ours")
    with pytest.raises(CommandError, match="no removals held for review"):
        call_command("confirm_removals", "ours")


def test_it_waits_for_a_live_run_to_end(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    registry = connect(service, name="ours")
    sync(registry)
    service.delete_repository("team/app")
    sync(registry)
    assert Image.objects.filter(held_at__isnull=False).exists()
    lifecycle.request(registry.pk, Trigger.MANUAL)
    with pytest.raises(CommandError, match="in progress"):
        call_command("confirm_removals", "ours")


def test_the_confirmed_run_removes_what_was_held(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    registry = connect(service, name="ours")
    sync(registry)
    service.delete_repository("team/app")
    assert sync(registry).held == 1
    call_command("confirm_removals", "ours")
    call_command("sync_registry", "ours")
    assert SyncRun.objects.latest("pk").removed == 1
    assert not Image.objects.filter(removed_at=None).exists()
