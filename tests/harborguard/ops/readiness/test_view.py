from __future__ import annotations

import secrets
import socket
import time
from pathlib import Path

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from harborguard.ops.readiness import probe
from registries.transport.endpoint import Credential as Login
from sync.models import Sweep
from tests.factories import make_registry
from tests.harborguard.web_server import web_server

NAMES = ["database", "migrations", "credentialKeys", "queue", "sweep", "broker"]
# It promises about two; a noisy machine is given more.
SECONDS = 15


@pytest.fixture(autouse=True)
def nothing_is_kept_from_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "KEPT_SECONDS", 0)


@pytest.mark.needs_redis
@pytest.mark.django_db(transaction=True)
def test_an_installation_that_can_work_is_ready() -> None:
    Sweep.record()

    answer = Client().get("/readyz")

    assert answer.status_code == 200, answer.json()
    assert answer.json()["status"] == "ready"
    assert list(answer.json()["checks"]) == NAMES
    assert {check["status"] for check in answer.json()["checks"].values()} == {"ok"}


@pytest.mark.django_db(transaction=True)
def test_with_a_wrong_key_it_is_unready(settings: Settings) -> None:
    Sweep.record()
    make_registry(login=Login("robot", "canary"))
    settings.CREDENTIAL_KEYS = f"other:{secrets.token_hex(32)}"

    answer = Client().get("/readyz?exclude=broker")

    assert answer.status_code == 503
    states = {name: check["status"] for name, check in answer.json()["checks"].items()}
    assert states.pop("credentialKeys") == "failed"
    assert set(states.values()) == {"ok"}


def test_what_is_excluded_is_neither_asked_nor_told() -> None:
    excluded = "&".join(f"exclude={name}" for name in NAMES)

    answer = Client().get(f"/readyz?{excluded}")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {}}


@pytest.mark.parametrize("query", ["exclude=nothing", "exclude=", "include=broker"])
def test_an_unknown_check_or_parameter_is_refused(query: str) -> None:
    answer = Client().get(f"/readyz?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unknown_check"


@pytest.mark.parametrize("answers", [False, True], ids=["refused", "silent"])
def test_a_dead_database_and_a_dead_broker_are_told_within_seconds(
    tmp_path: Path, answers: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if answers else 1
        with web_server(tmp_path / "log", **production(port)) as server:
            began = time.monotonic()
            answer = requests.get(f"{server.url}/readyz", timeout=60)
            took = time.monotonic() - began
            alive = requests.get(f"{server.url}/healthz", timeout=60)

    assert alive.text == "ok\n"
    assert answer.status_code == 503
    assert took < SECONDS
    assert list(answer.json()["checks"]) == NAMES
    assert {check["status"] for check in answer.json()["checks"].values()} == {"failed"}
    assert "127.0.0.1" not in answer.text
    assert "canary" not in answer.text + server.log.read_text()
    assert server.lines(), "in production the log is JSON without being asked"


def production(port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": f"postgres://harborguard:canary@127.0.0.1:{port}/harborguard",
        "REDIS_URL": f"redis://:canary@127.0.0.1:{port}/0",
        "SECRET_KEY": secrets.token_hex(32),
        "HARBORGUARD_CREDENTIAL_KEYS": f"k1:{secrets.token_hex(32)}",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
