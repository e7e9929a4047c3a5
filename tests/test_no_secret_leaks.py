"""Secrets put into every field that takes one, and looked for in everything that can be seen.

Two things may show one: the answer that tells a new API key, and the line that tells the first
admin's password. Two may derive from one: a password's hash and a sealed envelope.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing

import environ
import psycopg
import pytest

from tests.fakes.http_server import fake_server
from tests.fakes.replies import web_page
from tests.harborguard.installation import Installation
from tests.harborguard.test_up import on_linux
from tests.leaks import (
    walk_connections,
    walk_credential_keys,
    walk_faults,
    walk_people,
    walk_wrong_requests,
)
from tests.leaks.broker import WatchedBroker
from tests.leaks.canary import Canary
from tests.leaks.database import PostgreSQL, SQLite
from tests.leaks.echoing_registry import echoing_registry
from tests.leaks.evidence import Evidence
from tests.leaks.site import Site
from tests.leaks.spider import read_every_page, read_the_whole_api
from tests.leaks.walk_connections import Registries
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_config import RegistryConfig
from tests.services.token_server import TokenServer, serve
from tests.services.valkey import valkey

pytestmark = on_linux

_LOUD = {
    "LOG_LEVEL": "DEBUG",
    "HARBORGUARD_LOG_FORMAT": "json",
    "HARBORGUARD_LIMIT_SYNC": "off",
    "HARBORGUARD_LIMIT_TEST_CONNECTION": "off",
    "HARBORGUARD_LIMIT_LOGIN_ACCOUNT": "off",
    "HARBORGUARD_LIMIT_LOGIN_ADDRESS": "off",
    "HARBORGUARD_REGISTRY_ATTEMPTS": "1",
}


@pytest.fixture
def evidence() -> Evidence:
    return Evidence()


@pytest.fixture
def registries(
    evidence: Evidence, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registries]:
    token = Canary.made_for("what a token server gives", around="")
    evidence.watch_for(token)
    with ExitStack() as stack:

        def real(purpose: str, *, with_tokens: bool = False) -> DockerRegistry:
            password = evidence.secret(purpose)
            config = RegistryConfig(tmp_path_factory.mktemp("registry"), "robot", password)
            if with_tokens:
                server = TokenServer("robot", password)
                config.token_server = stack.enter_context(serve(server))
            registry = DockerRegistry(config)
            stack.callback(registry.stop)
            registry.seed(["team/app"], ["v1"])
            return registry

        yield Registries(
            real=real("the password of a registry"),
            with_tokens=real("the password of a token server", with_tokens=True),
            echo=stack.enter_context(echoing_registry("Basic")),
            token_echo=stack.enter_context(echoing_registry("Bearer", token.text)),
            web_page=stack.enter_context(fake_server({"*": web_page()})),
            dead="http://127.0.0.1:9",
        )


@pytest.fixture
def production(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With a database and a broker of its own; all that the broker is told is written down."""
    folder = tmp_path_factory.mktemp("up")
    url = os.environ["DATABASE_URL"]
    server = environ.Env.db_url_config(url)
    host, user, name = server["HOST"], server["USER"], f"leaks_{secrets.token_hex(4)}"
    with psycopg.connect(
        host=host, user=user, dbname=server["NAME"], autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    # What the operator gives is as secret as what is entered.
    given = [secrets.token_hex(32) for _ in range(4)]
    for own in given:
        evidence.watch_for(Canary("what the operator has set", own, own))
    secret_key, newest, oldest, password = given
    with ExitStack() as stack:
        broker_url = stack.enter_context(valkey(folder / "valkey"))
        broker = stack.enter_context(closing(WatchedBroker(folder / "valkey/socket")))
        installation = Installation(
            folder / "data",
            folder / "log",
            DATABASE_URL=f"postgres://{user}:{password}@/{host}/{name}",
            REDIS_URL=broker_url,
            SECRET_KEY=secret_key,
            HARBORGUARD_CREDENTIAL_KEYS=f"new:{newest},old:{oldest}",
            HARBORGUARD_HTTPS="false",
            HARBORGUARD_ALLOW_LOOPBACK="true",
            HARBORGUARD_METRICS_ADDRESSES="127.0.0.0/8",
            ALLOWED_HOSTS="127.0.0.1",
            **_LOUD,
        )
        stack.callback(installation.end)
        database = stack.enter_context(closing(PostgreSQL(host, user, name)))
        installation.start_and_wait()
        yield Site(installation, database, evidence, broker)


@pytest.fixture
def embedded(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As somebody runs it who looks for a fault, with Django's own pages of errors."""
    folder = tmp_path_factory.mktemp("up")
    installation = Installation(folder / "data", folder / "log", DEBUG="true", **_LOUD)
    try:
        installation.start_and_wait()
        yield Site(installation, SQLite(folder / "data/harborguard.sqlite3"), evidence)
    finally:
        installation.end()


@pytest.mark.needs_postgresql
@pytest.mark.needs_redis
def test_no_secret_is_seen_anywhere_in_production(
    production: Site, registries: Registries, evidence: Evidence
) -> None:
    walk_connections.by_command(production, registries)
    walk_connections.by_page(production, registries)
    walk_connections.by_api(production, registries)
    walk_connections.with_echoes(production, registries)
    viewer = walk_people.passwords(production)
    walk_people.keys(production, viewer)
    walk_wrong_requests.refused_bodies(production, "/api/registries/1")
    walk_wrong_requests.strangers(production, viewer)
    walk_faults.faults(production, "/api/registries/1")
    walk_faults.fault_of_a_worker(production, "by command")
    walk_credential_keys.rotation(production, registries)
    read_every_page(production.admin)
    read_the_whole_api(production.script)
    production.finish()

    for seen in (
        "BRPOP",
        '"task": "sync.run"',
        "registry.connected",
        '"level": "debug"',
        "v1.new.",
    ):
        assert evidence.holds(seen), f"{seen} should have been seen"
    leaks = evidence.leaks()
    assert not leaks, "\n".join(leaks)


def test_no_secret_is_seen_anywhere_while_somebody_looks_for_a_fault(
    embedded: Site, registries: Registries, evidence: Evidence
) -> None:
    walk_connections.by_page(embedded, registries)
    viewer = walk_people.passwords(embedded)
    walk_people.keys(embedded, viewer)
    walk_wrong_requests.refused_bodies(embedded, "/api/registries/1")
    walk_wrong_requests.strangers(embedded, viewer)
    walk_faults.faults(embedded, "/api/registries/1")
    read_every_page(embedded.admin)
    read_the_whole_api(embedded.script)
    embedded.finish()

    for seen in (
        "SQLite format 3",
        '"task": "sync.run"',
        "registry.connected",
        '"level": "debug"',
        "v1.local.",
    ):
        assert evidence.holds(seen), f"{seen} should have been seen"
    leaks = evidence.leaks()
    assert not leaks, "\n".join(leaks)
