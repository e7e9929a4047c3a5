from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from registries import connection, services
from registries.connection_test import runner, stages
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from tests.factories import SOMEBODY, make_registry
from tests.fakes.http_server import fake_server
from tests.sync_run import sync

pytestmark = pytest.mark.django_db

OLD, NEW = Login("robot", "canary-old"), Login("robot", "canary-new")
DISTRUSTED = "https://distrusted.example.com"


def try_out(registry: Registry) -> None:
    list(runner.run_test(registry, by=SOMEBODY))


def try_and_trust(registry: Registry) -> None:
    runner.trust_and_test(registry, "https://auth.example.com", by=SOMEBODY)


@pytest.mark.parametrize(
    ("maker", "call"),
    [(connection, sync), (stages, try_out), (stages, try_and_trust)],
)
def test_a_new_secret_never_meets_a_token_server_that_it_was_not_trusted_to(
    monkeypatch: pytest.MonkeyPatch, maker: ModuleType, call: Callable[[Registry], Any]
) -> None:
    read_login, make_endpoint = services.login_of, connection.endpoint_of
    met: list[tuple[list[str], Login | None]] = []

    def read_login_after_a_change(registry: Registry) -> Login | None:
        services.change(registry.pk, trusted_realms=[], login=NEW, by=SOMEBODY)
        return read_login(registry)

    def note(registry: Registry, login: Login | None) -> Any:
        met.append((registry.trusted_realms, login))
        return make_endpoint(registry, login)

    monkeypatch.setattr(maker, "login_of", read_login_after_a_change)
    monkeypatch.setattr(maker, "endpoint_of", note)
    with fake_server() as server:
        call(make_registry(url=server.url, insecure=True, login=OLD, trusted_realms=[DISTRUSTED]))

    assert met == [([DISTRUSTED], OLD)]


def test_a_row_that_was_read_long_ago_is_tested_as_it_is_stored() -> None:
    registry = make_registry(url="http://127.0.0.1:1", insecure=True, login=OLD)
    services.change(registry.pk, url="http://127.0.0.1:2", login=NEW, by=SOMEBODY)

    results = list(runner.run_test(registry, by=SOMEBODY))

    assert "127.0.0.1:2" in results[0].detail
