from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from harborguard.access.models import Role
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from sync.models import SyncRun
from tests.factories import make_registry
from tests.pages import signed_in
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.syncing import connect

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def tried(client: Client, registry: Registry, **headers: str) -> str:
    answer = client.post(reverse("registry-test", args=[registry.pk]), headers=headers)
    return answer.content.decode()


def outcomes(page: str) -> list[str]:
    return re.findall(r"</span>(ok|failed|not reached)</span>", page)


def test_every_stage_of_a_good_connection_is_ok(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry()
    service.push_image("team/app", "v1", seed=1)

    page = tried(signed_in(Role.DEVELOPER), connect(service), **HTMX)

    assert outcomes(page) == ["ok"] * 6
    assert "team/app has 1 tags" in page
    assert "<html" not in page
    assert not SyncRun.objects.exists()


def test_without_scripts_the_result_is_a_page() -> None:
    registry = make_registry(url="http://127.0.0.1:1", insecure=True)

    page = tried(signed_in(Role.DEVELOPER), registry)

    assert "<html" in page
    assert outcomes(page) == ["failed"] + ["not reached"] * 5
    assert "First thing to check" in page


def test_an_admin_may_trust_the_token_server_and_a_developer_may_not(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("token")
    service.push_image("team/app", "v1", seed=1)
    registry = connect(service, login=Login(service.username, service.password))
    realm = service.token_server.realm.removesuffix("/token")
    admin = signed_in(Role.ADMIN)

    assert f"Trust {realm} and test again" in tried(admin, registry, **HTMX)
    refused = tried(signed_in(Role.DEVELOPER), registry, **HTMX)
    assert "An admin can trust this token server." in refused
    trusted = admin.post(
        reverse("registry-trust", args=[registry.pk]), {"realm": realm}, headers=HTMX
    )

    assert outcomes(trusted.content.decode()) == ["ok"] * 6
    registry.refresh_from_db()
    assert registry.trusted_realms == [realm]


def test_nonsense_is_not_trusted() -> None:
    registry = make_registry()

    answer = signed_in(Role.ADMIN).post(
        reverse("registry-trust", args=[registry.pk]), {"realm": "https://x/y"}, follow=True
    )

    assert "Token server: write it as https://host" in answer.content.decode()
    registry.refresh_from_db()
    assert registry.trusted_realms == []
