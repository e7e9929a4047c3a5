from __future__ import annotations

from typing import Any

import pytest

from harborguard.access.models import AuditEntry, Role
from registries.connection_test import runner
from registries.connection_test.stages import StageResult, run_staged_test
from registries.models import Credential, Registry
from registries.services import Kept
from registries.transport.endpoint import Credential as Login
from sync.models import SyncRun
from tests.api_client import Caller, caller
from tests.factories import make_registry
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect

pytestmark = pytest.mark.django_db

UNSAVED = "/api/registries/test-connection"
STAGES = ["address", "tls", "api", "credentials", "catalog", "tags"]
NOBODY = {"url": "http://127.0.0.1:1", "insecure": True}


@pytest.fixture
def admin() -> Caller:
    return caller(Role.ADMIN)


def saved(registry: Registry) -> str:
    return f"/api/registries/{registry.pk}/test-connection"


def connection(service: DockerRegistry, **given: Any) -> dict[str, Any]:
    login = {"username": service.username, "secret": service.password}
    return {"url": service.url, "insecure": True, "credential": login, **given}


def audited() -> AuditEntry:
    return AuditEntry.objects.get(action=AuditEntry.Action.REGISTRY_TESTED)


def test_a_good_connection_passes_every_stage_and_stores_nothing(
    admin: Caller, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("htpasswd")
    service.push_image("team/app", "v1", seed=1)

    answer = admin.post(UNSAVED, connection(service), format="json")

    body = answer.json()
    assert answer.status_code == 200
    assert body["ok"] is True
    assert [stage["stage"] for stage in body["stages"]] == STAGES
    assert {stage["outcome"] for stage in body["stages"]} == {"ok"}
    assert body["stages"][-1]["detail"] == "team/app has 1 tag"
    assert not Registry.objects.exists()
    assert not Credential.objects.exists()
    assert not SyncRun.objects.exists()
    assert service.password not in answer.content.decode()


def test_a_wrong_password_fails_with_a_hint(
    admin: Caller, docker_registry: DockerRegistryFactory
) -> None:
    login = {"username": "robot", "secret": "canary-wrong"}

    answer = admin.post(
        UNSAVED, connection(docker_registry("htpasswd"), credential=login), format="json"
    )

    body = answer.json()
    assert body["ok"] is False
    outcomes = [stage["outcome"] for stage in body["stages"]]
    assert outcomes == ["ok"] * 3 + ["failed"] + ["not_reached"] * 2
    failed = body["stages"][3]
    assert failed["code"] == "authentication_failed"
    assert failed["hint"].startswith("Check whether the credentials were rotated")
    assert failed["untrustedRealm"] is None
    assert "canary" not in answer.content.decode()
    assert audited().changes["outcome"]["to"] == "credentials: authentication_failed"
    assert "canary" not in repr(audited().changes)


def test_a_token_server_on_another_host_is_named_and_can_be_trusted(
    admin: Caller, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("token")
    realm = service.token_server.realm.removesuffix("/token")

    doubted = admin.post(UNSAVED, connection(service), format="json").json()
    trusting = connection(service, trustedRealms=[realm])
    trusted = admin.post(UNSAVED, trusting, format="json").json()

    assert doubted["stages"][3]["code"] == "realm_untrusted"
    assert doubted["stages"][3]["untrustedRealm"] == realm
    assert trusted["ok"] is True


def test_a_private_ca_is_trusted_if_given(
    admin: Caller, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry(tls=True)
    given = {"url": service.url}

    stranger = admin.post(UNSAVED, given, format="json").json()
    known = admin.post(UNSAVED, {**given, "caPem": service.ca_pem}, format="json").json()

    assert stranger["stages"][1]["code"] == "tls_not_trusted"
    assert known["ok"] is True


def test_it_accepts_the_body_of_connecting(admin: Caller) -> None:
    make_registry(name="ours")
    given = {**NOBODY, "name": "ours", "schedule": "weekly", "firstSync": False}

    body = admin.post(UNSAVED, given, format="json").json()

    assert body["stages"][0]["code"] == "network_error"
    assert audited().object_name == "ours"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "url"),
        ({"url": "registry.example.com/v2"}, "url"),
        ({**NOBODY, "caPem": "none"}, "caPem"),
        ({**NOBODY, "credential": {"secret": "a\nb"}}, "credential.secret"),
        ({**NOBODY, "tagFilters": {"include": ["a" * 300]}}, "tagFilters.include"),
        ({**NOBODY, "name": " \t"}, "name"),
        ({**NOBODY, "password": "canary"}, "password"),
    ],
)
def test_an_invalid_field_is_named_without_any_request(
    admin: Caller, given: dict[str, Any], field: str
) -> None:
    answer = admin.post(UNSAVED, given, format="json")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert "canary" not in answer.content.decode()
    assert not AuditEntry.objects.filter(action=AuditEntry.Action.REGISTRY_TESTED).exists()


def test_a_developer_can_only_test_saved_registries(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("htpasswd")
    registry = connect(service, login=Login(service.username, service.password))
    developer = caller(Role.DEVELOPER)

    answer = developer.post(saved(registry))

    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert (audited().object_id, audited().actor) == (registry.pk, developer.key.user.username)
    assert audited().changes["outcome"]["to"] == "ok"
    assert developer.post(UNSAVED, NOBODY, format="json").status_code == 403
    registry.refresh_from_db()
    assert registry.status == "DISCONNECTED"


def test_an_unknown_registry_is_not_tested(admin: Caller) -> None:
    assert admin.post("/api/registries/4711/test-connection").status_code == 404


def test_testing_a_saved_registry_accepts_no_other_url(admin: Caller) -> None:
    answer = admin.post(saved(make_registry()), {"url": "https://evil.example"}, format="json")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["url"]


def test_a_third_concurrent_test_is_told_when_to_retry(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = make_registry(**NOBODY)
    inner: list[Any] = []

    def test_while_another_tests(under_test: Registry, login: Kept) -> list[StageResult]:
        inner.append(admin.post(saved(registry)))
        return list(run_staged_test(under_test, login))

    monkeypatch.setattr(runner, "run_staged_test", test_while_another_tests)
    outer = admin.post(saved(registry))

    third, second = inner
    assert third.status_code == 503
    assert third.json()["code"] == "busy"
    assert int(third["Retry-After"]) > 0
    assert (second.status_code, outer.status_code) == (200, 200)
    assert AuditEntry.objects.filter(action=AuditEntry.Action.REGISTRY_TESTED).count() == 2
