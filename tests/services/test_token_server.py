from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory

_CATALOG = "registry:catalog:*"


@pytest.fixture
def registry(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    registry = docker_registry("token")
    registry.push_image("api", "1", seed=1)
    return registry


def ask(registry: DockerRegistry, *scopes: str, password: str | None = None) -> requests.Response:
    return requests.get(
        registry.token_server.realm,
        params={"service": "registry.test", "scope": scopes},
        auth=(registry.username, password or registry.password),
        timeout=5,
    )


def status(registry: DockerRegistry, path: str, answer: requests.Response) -> int:
    body: dict[str, Any] = answer.json()
    token = body.get("token") or body["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{registry.url}{path}", headers=headers, timeout=5).status_code


def test_its_token_opens_the_scopes_that_were_asked_for(registry: DockerRegistry) -> None:
    answer = ask(registry, _CATALOG, "repository:api:pull")

    assert status(registry, "/v2/_catalog", answer) == 200
    assert status(registry, "/v2/api/tags/list", answer) == 200
    assert status(registry, "/v2/other/tags/list", answer) == 401


def test_it_refuses_a_wrong_password(registry: DockerRegistry) -> None:
    assert ask(registry, _CATALOG, password="wrong").status_code == 401


def test_it_remembers_what_it_was_asked(registry: DockerRegistry) -> None:
    ask(registry, _CATALOG)

    assert [request.scopes for request in registry.token_server.requests] == [(_CATALOG,)]


def test_it_can_grant_less_than_was_asked_for(registry: DockerRegistry) -> None:
    registry.token_server.actions = ()

    assert status(registry, "/v2/api/tags/list", ask(registry, "repository:api:pull")) == 401


def test_it_can_leave_fields_out(registry: DockerRegistry) -> None:
    registry.token_server.expires_in = None
    registry.token_server.field_names = ("access_token",)

    answer = ask(registry, _CATALOG)

    assert set(answer.json()) == {"access_token"}
    assert status(registry, "/v2/_catalog", answer) == 200


def test_it_can_fail(registry: DockerRegistry) -> None:
    registry.token_server.status = 503

    assert ask(registry, _CATALOG).status_code == 503
