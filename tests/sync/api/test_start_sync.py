from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from harborguard.access.models import AuditEntry, Role
from sync.models import State, SyncRun
from tests.api_client import caller
from tests.factories import make_claim, make_registry

pytestmark = pytest.mark.django_db


def test_a_developer_starts_a_sync_as_the_contract_says() -> None:
    registry = make_registry()

    answer = caller(Role.DEVELOPER).post(f"/api/registries/{registry.pk}/sync")

    assert answer.status_code == 202
    assert answer.json() == {"success": True, "message": "Sync started"}
    run = SyncRun.objects.get()
    assert run.state == State.QUEUED
    assert answer["Location"] == f"/api/runs/{run.pk}"


def test_a_live_sync_is_named_in_the_error() -> None:
    registry = make_registry()
    run_id = make_claim(registry).run_id

    answer = caller(Role.DEVELOPER).post(f"/api/registries/{registry.pk}/sync")

    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "sync_in_progress"
    assert answer.json()["runId"] == run_id


def test_a_viewer_cannot_start_a_sync() -> None:
    registry = make_registry()

    answer = caller(Role.VIEWER).post(f"/api/registries/{registry.pk}/sync")

    assert answer.status_code == 403
    assert answer.json()["requiredRole"] == "developer"
    assert not SyncRun.objects.exists()


def test_an_anonymous_request_is_asked_for_a_key() -> None:
    answer = APIClient().post(f"/api/registries/{make_registry().pk}/sync")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_audit_log_records_who_started_a_sync_and_with_which_key() -> None:
    registry = make_registry()
    script = caller(Role.DEVELOPER)

    script.post(f"/api/registries/{registry.pk}/sync")

    entry = AuditEntry.objects.get(action=AuditEntry.Action.SYNC_REQUESTED)
    assert (entry.actor, entry.key_name) == (script.key.user.username, script.key.name)
    assert (entry.object_type, entry.object_id) == ("registry", registry.pk)
    assert entry.address == "127.0.0.1"


@pytest.mark.parametrize("unknown", ["4711", "9" * 30])
def test_an_unknown_registry_is_not_found(unknown: str) -> None:
    answer = caller(Role.DEVELOPER).post(f"/api/registries/{unknown}/sync")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_starting_a_sync_accepts_no_body() -> None:
    registry = make_registry()
    script = caller(Role.DEVELOPER)

    refused = script.post(f"/api/registries/{registry.pk}/sync", {"full": True}, format="json")
    assert refused.status_code == 400
    assert refused.json()["errors"] == {"full": ["Unknown field."]}
    taken = script.post(f"/api/registries/{registry.pk}/sync", {}, format="json")
    assert taken.status_code == 202
