from __future__ import annotations

import pytest

from harborguard.access.models import AuditEntry, Role
from registries.models import Registry
from sync.models import SyncRun, Trigger
from sync.runs import lifecycle
from tests.api_client import Caller, caller
from tests.factories import make_registry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def developer() -> Caller:
    return caller(Role.DEVELOPER)


@pytest.fixture
def emptied(docker_registry: DockerRegistryFactory) -> Registry:
    """A registry whose only image is missing, with its removal held."""
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    registry = connect(service, name="ours")
    sync(registry)
    service.delete_repository("team/app")
    sync(registry)
    return registry


def url(registry: Registry) -> str:
    return f"/api/registries/{registry.pk}/confirm-removals"


def test_held_removals_are_shown_and_confirmed(developer: Caller, emptied: Registry) -> None:
    assert developer.get(f"/api/registries/{emptied.pk}").json()["heldRemovals"] == 1

    answer = developer.post(url(emptied))

    run = SyncRun.objects.latest("pk")
    assert answer.status_code == 202
    assert answer.json()["success"] is True
    assert "1 held image" in answer.json()["message"]
    assert answer["Location"] == f"/api/runs/{run.pk}"
    assert (run.trigger, run.confirms_removals) == (Trigger.CONFIRM, True)
    entry = AuditEntry.objects.get(action=AuditEntry.Action.REMOVALS_CONFIRMED)
    assert entry.actor == developer.key.user.username


def test_nothing_held_is_a_conflict(developer: Caller) -> None:
    answer = developer.post(url(make_registry(name="ours")))

    assert answer.status_code == 409
    assert answer.json()["code"] == "nothing_held"
    assert answer.json()["detail"] == "ours has no removals held for review."
    assert not SyncRun.objects.exists()


def test_a_live_run_is_a_conflict(developer: Caller, emptied: Registry) -> None:
    live = lifecycle.request(emptied.pk, Trigger.MANUAL)

    answer = developer.post(url(emptied))

    assert answer.status_code == 409
    assert answer.json()["code"] == "sync_in_progress"
    assert answer.json()["runId"] == live.pk


def test_an_unknown_registry_has_nothing_to_confirm(developer: Caller) -> None:
    assert developer.post("/api/registries/4711/confirm-removals").status_code == 404
