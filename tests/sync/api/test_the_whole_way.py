"""The whole way through the API, with a real broker, worker and registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harborguard.access.models import Role
from tests.api_client import Caller, caller
from tests.services.celery_worker import CeleryWorker
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.wait import wait_until

pytestmark = [pytest.mark.needs_redis]


def poll(script: Caller, where: str, status: str) -> dict[str, Any]:
    """Wait for the status, and return the registry."""
    seen: list[dict[str, Any]] = []

    def reached() -> bool:
        seen.append(script.get(where).json())
        return bool(seen[-1]["status"] == status)

    wait_until(reached, f"the registry is {status}")
    return seen[-1]


def test_a_registry_is_tested_connected_synced_and_fails_with_a_wrong_password(
    docker_registry: DockerRegistryFactory, celery_worker: Callable[..., CeleryWorker]
) -> None:
    service = docker_registry("htpasswd")
    service.push_image("team/app", "v1", seed=1)
    celery_worker()
    admin = caller(Role.ADMIN)
    login = {"username": service.username, "secret": service.password}
    given = {"url": service.url, "insecure": True, "credential": login}

    test = admin.post("/api/registries/test-connection", given, format="json")
    assert test.json()["ok"] is True
    connected = admin.post("/api/registries", {"name": "ours", **given}, format="json")
    assert connected.json()["status"] == "SYNCING"

    registry = poll(admin, connected["Location"], "CONNECTED")
    assert (registry["health"], registry["imageCount"]) == (100, 1)
    assert registry["lastSyncAt"] is not None

    service.push_image("team/app", "v2", seed=2)
    started = admin.post(f"{connected['Location']}/sync")
    assert (started.status_code, started.json()["message"]) == (202, "Sync started")
    again = poll(admin, connected["Location"], "CONNECTED")
    assert again["imageCount"] == 2
    assert again["lastSyncAt"] > registry["lastSyncAt"]
    assert admin.get(started["Location"]).json()["changes"]["added"] == 1

    wrong = {"credential": {"secret": "canary-wrong"}}
    assert admin.patch(connected["Location"], wrong, format="json").status_code == 200
    admin.post(f"{connected['Location']}/sync")
    failed = poll(admin, connected["Location"], "ERROR")
    assert failed["lastError"]["code"] == "authentication_failed"
    assert failed["lastError"]["hint"].startswith("Check whether the credentials were rotated")
    assert failed["lastSyncAt"] == again["lastSyncAt"]
    assert failed["health"] < 100
    assert "canary" not in str(failed)
