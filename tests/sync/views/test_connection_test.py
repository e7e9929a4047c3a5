from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from harborguard.access.models import Role
from registries import services
from registries.connection_test import runner
from registries.connection_test.stages import StageResult, run_staged_test
from registries.models import Registry
from registries.services import Kept
from registries.transport.endpoint import Credential as Login
from sync.models import SyncRun
from tests.factories import SOMEBODY, make_registry
from tests.pages import signed_in
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.streaming import PIECES, pieces_of
from tests.sync_run import connect

pytestmark = pytest.mark.django_db


def tried(client: Client, registry: Registry, **headers: str) -> str:
    answer = client.post(reverse("registry-test", args=[registry.pk]), headers=headers)
    return shown(answer)


def shown(answer: Any) -> str:
    return "\n".join(pieces_of(answer)) if answer.streaming else answer.content.decode()


def outcomes(page: str) -> list[str]:
    return re.findall(r"</span>(ok|failed|not reached)</span>", page)


def test_every_stage_of_a_good_connection_is_ok(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry()
    service.push_image("team/app", "v1", seed=1)

    page = tried(signed_in(Role.DEVELOPER), connect(service), **PIECES)

    assert outcomes(page) == ["ok"] * 6
    assert "team/app has 1 tag<" in page
    assert "<html" not in page
    assert not SyncRun.objects.exists()


def test_without_scripts_the_result_is_a_page() -> None:
    registry = make_registry(url="http://127.0.0.1:1", insecure=True)

    page = tried(signed_in(Role.DEVELOPER), registry)

    assert "<html" in page
    assert outcomes(page) == ["failed"] + ["not reached"] * 5
    assert "What to do" in page


def test_an_admin_can_trust_the_token_server_but_a_developer_cannot(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("token")
    service.push_image("team/app", "v1", seed=1)
    registry = connect(service, login=Login(service.username, service.password))
    realm = service.token_server.realm.removesuffix("/token")
    admin = signed_in(Role.ADMIN)

    assert f"Trust {realm} and test again" in tried(admin, registry, **PIECES)
    refused = tried(signed_in(Role.DEVELOPER), registry, **PIECES)
    assert "An admin can trust this token server." in refused
    trusted = admin.post(
        reverse("registry-trust", args=[registry.pk]), {"realm": realm}, headers=PIECES
    )

    assert outcomes(shown(trusted)) == ["ok"] * 6
    registry.refresh_from_db()
    assert registry.trusted_realms == [realm]


@pytest.mark.parametrize("realm", ["", "https://x/y", "https://evil.example.com"])
def test_only_the_token_server_named_by_the_registry_is_trusted(
    docker_registry: DockerRegistryFactory, realm: str
) -> None:
    service = docker_registry("token")
    registry = connect(service, login=Login(service.username, service.password))
    address = reverse("registry-trust", args=[registry.pk])

    page = shown(signed_in(Role.ADMIN).post(address, {"realm": realm}, headers=PIECES))

    assert "Nothing was trusted" in page
    assert "<html" not in page
    assert outcomes(page)[3] == "failed"
    registry.refresh_from_db()
    assert registry.trusted_realms == []


def test_nothing_is_trusted_if_the_connection_changed_meanwhile(
    monkeypatch: pytest.MonkeyPatch, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("token")
    known = Login(service.username, service.password)
    registry = connect(service, login=known)
    realm = service.token_server.realm.removesuffix("/token")
    elsewhere = {"url": "https://elsewhere.example.com", "insecure": False}

    def test_while_it_is_changed(under_test: Registry, login: Kept) -> list[StageResult]:
        results = list(run_staged_test(under_test, login))
        services.change(registry.pk, by=SOMEBODY, login=known, **elsewhere)
        return results

    monkeypatch.setattr(runner, "run_staged_test", test_while_it_is_changed)
    address = reverse("registry-trust", args=[registry.pk])
    page = shown(signed_in(Role.ADMIN).post(address, {"realm": realm}, headers=PIECES))

    assert "Nothing was trusted: the connection has changed meanwhile." in page
    registry.refresh_from_db()
    assert (registry.url, registry.trusted_realms) == (elsewhere["url"], [])


def test_the_stages_before_a_failure_show_what_was_found(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("htpasswd")
    registry = connect(service, login=Login(service.username, "wrong"))

    page = tried(signed_in(Role.DEVELOPER), registry, **PIECES)

    assert outcomes(page)[2:4] == ["ok", "failed"]
    assert "speaks the registry API" in page


def test_an_untrusted_token_server_has_a_trust_button(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("token")
    registry = connect(service, login=Login(service.username, service.password))

    page = tried(signed_in(Role.ADMIN), registry, **PIECES)

    assert "and test again" in page
    assert "trust it once" not in page


def test_a_third_concurrent_test_is_told_to_retry_but_a_later_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = make_registry(url="http://127.0.0.1:1", insecure=True)
    client = signed_in(Role.DEVELOPER)
    inner: list[str] = []

    def test_while_another_tests(under_test: Registry, login: Kept) -> list[StageResult]:
        inner.append(tried(client, registry, **PIECES))
        return list(run_staged_test(under_test, login))

    monkeypatch.setattr(runner, "run_staged_test", test_while_another_tests)
    outer = tried(client, registry, **PIECES)
    monkeypatch.undo()

    third, second = inner
    assert "Try again in a moment" in third
    assert outcomes(third) == []
    for page in (second, outer, tried(client, registry, **PIECES)):
        assert outcomes(page)[0] == "failed"
