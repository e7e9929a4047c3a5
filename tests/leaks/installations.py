"""HarborGuard as `manage.py up` runs it, with a log that tells everything it can tell."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import environ
import psycopg

from tests.harborguard.installation import Installation
from tests.leaks.broker import WatchedBroker
from tests.leaks.canary import Canary
from tests.leaks.database import PostgreSQL, SQLite
from tests.leaks.evidence import Evidence
from tests.leaks.site import Site
from tests.services.valkey import valkey

_SETTINGS = {
    "LOG_LEVEL": "DEBUG",
    "HARBORGUARD_LOG_FORMAT": "json",
    "HARBORGUARD_LIMIT_SYNC": "off",
    "HARBORGUARD_LIMIT_TEST_CONNECTION": "off",
    "HARBORGUARD_LIMIT_LOGIN_ACCOUNT": "off",
    "HARBORGUARD_LIMIT_LOGIN_ADDRESS": "off",
    "HARBORGUARD_REGISTRY_ATTEMPTS": "1",
}


@contextmanager
def production(folder: Path, evidence: Evidence) -> Iterator[Site]:
    """Start an installation on PostgreSQL, with a broker that records every command."""
    url = os.environ["DATABASE_URL"]
    server = environ.Env.db_url_config(url)
    host, user, name = server["HOST"], server["USER"], f"leaks_{secrets.token_hex(4)}"
    with psycopg.connect(
        host=host, user=user, dbname=server["NAME"], autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    with ExitStack() as stack:
        broker_url = stack.enter_context(valkey(folder / "valkey"))
        broker = stack.enter_context(closing(WatchedBroker(folder / "valkey/socket")))
        installation = Installation(
            folder / "data",
            folder / "log",
            DATABASE_URL=f"postgres://{user}:{_set_by_the_operator(evidence)}@/{host}/{name}",
            REDIS_URL=broker_url,
            SECRET_KEY=_set_by_the_operator(evidence),
            HARBORGUARD_CREDENTIAL_KEYS=f"new:{_set_by_the_operator(evidence)},"
            f"old:{_set_by_the_operator(evidence)}",
            HARBORGUARD_HTTPS="false",
            HARBORGUARD_ALLOW_LOOPBACK="true",
            HARBORGUARD_METRICS_ADDRESSES="127.0.0.0/8",
            ALLOWED_HOSTS="127.0.0.1",
            **_SETTINGS,
        )
        stack.callback(installation.end)
        database = stack.enter_context(closing(PostgreSQL(host, user, name)))
        installation.start_and_wait()
        yield Site(installation, database, evidence, broker)


@contextmanager
def embedded(folder: Path, evidence: Evidence) -> Iterator[Site]:
    """Start an installation on SQLite with DEBUG; the file of its broker holds the messages."""
    installation = Installation(folder / "data", folder / "log", DEBUG="true", **_SETTINGS)
    try:
        installation.start_and_wait()
        yield Site(installation, SQLite(folder / "data/harborguard.sqlite3"), evidence)
    finally:
        installation.end()


def _set_by_the_operator(evidence: Evidence) -> str:
    """32 bytes in hex, which are as secret as what is entered."""
    text = secrets.token_hex(32)
    evidence.watch_for(Canary("what the operator has set", text, text))
    return text
