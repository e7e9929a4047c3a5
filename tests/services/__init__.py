"""pytest plugin that gives each run a private PostgreSQL and Valkey.

Their addresses are in the environment before pytest-django reads the settings. The servers start
when the first test needs them, or at once under xdist, whose workers share them. With
HARBORGUARD_TEST_DATABASE=sqlite the tests run on SQLite.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.services import postgresql as postgresql_service
from tests.services import valkey as valkey_service
from tests.services.parts import CI, PARTS, POSTGRESQL, REDIS
from tests.services.run_folder import private_folder

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

pytest_plugins = [
    "tests.services.celery_worker",
    "tests.services.chromium",
    "tests.services.registry_fixtures",
]

_DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
_COMMITTING_FIXTURES = {"transactional_db", "live_server", "celery_worker"}
# Whole folders that belong to `make test-rest`; single modules carry the marker themselves.
_SLOW_FOLDERS = ("tests/browser/", "tests/leaks/")
_STACK = pytest.StashKey[ExitStack]()
_not_started: list[Callable[[], AbstractContextManager[str]]] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Generator[None, object, object]:
    # Every process rewrites the asserts of every test anew where bytecode is not kept: 10 s each.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _prepare_services(early_config)
    else:
        _use_own_broker_database(worker)
    return (yield)


def _prepare_services(config: pytest.Config) -> None:
    stack = ExitStack()
    config.add_cleanup(stack.close)
    folder = stack.enter_context(private_folder())
    # WhiteNoise warns about a static root that does not exist, and warnings are errors here.
    (folder / "var/static").mkdir(parents=True)
    os.environ.update(
        HARBORGUARD_DATA_DIR=str(folder / "var"),
        HARBORGUARD_HTTPS="false",
        HARBORGUARD_ALLOW_LOOPBACK="true",
        HARBORGUARD_CREDENTIAL_KEYS=f"tests:{secrets.token_hex(32)}",
        SECRET_KEY=secrets.token_hex(32),
    )
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    if _wants_postgresql():
        os.environ["DATABASE_URL"] = postgresql_service.url(folder / "postgresql")
        _not_started.append(partial(postgresql_service.postgresql, folder / "postgresql"))
    if valkey_service.executable() is not None:
        os.environ["REDIS_URL"] = valkey_service.url(folder / "valkey")
        _not_started.append(partial(valkey_service.valkey, folder / "valkey"))
    elif CI:
        raise pytest.UsageError(REDIS.missing)
    config.stash[_STACK] = stack
    if getattr(config.known_args_namespace, "numprocesses", None):
        start_services(config)


def start_services(config: pytest.Config) -> None:
    """Start what this process has prepared and not yet started; nothing in a worker of xdist."""
    while _not_started:
        config.stash[_STACK].enter_context(_not_started.pop(0)())


def _wants_postgresql() -> bool:
    wanted = os.environ.get("HARBORGUARD_TEST_DATABASE", "postgresql")
    if wanted not in {"postgresql", "sqlite"}:
        raise pytest.UsageError(f"HARBORGUARD_TEST_DATABASE is {wanted}: postgresql or sqlite?")
    if wanted == "postgresql" and CI and not postgresql_service.runnable():
        raise pytest.UsageError(POSTGRESQL.missing)
    return wanted == "postgresql" and postgresql_service.runnable()


def _use_own_broker_database(worker: str) -> None:
    if url := os.environ.get("REDIS_URL"):
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = f"{url.partition('?')[0]}?virtual_host={number}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        _mark(item)
    if os.environ.get("HARBORGUARD_TEST_DATABASE") == "sqlite":
        elsewhere = [item for item in items if item.get_closest_marker("needs_postgresql")]
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


def _mark(item: pytest.Item) -> None:
    fixtures = set(getattr(item, "fixturenames", ()))
    django_db = item.get_closest_marker("django_db")
    if django_db or fixtures & _DATABASE_FIXTURES:
        item.add_marker(pytest.mark.database)
    if fixtures & _COMMITTING_FIXTURES or (django_db and django_db.kwargs.get("transaction")):
        item.add_marker(pytest.mark.both_databases)
    if item.nodeid.startswith(_SLOW_FOLDERS):
        item.add_marker(pytest.mark.slow)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    markers = {marker.name for marker in item.iter_markers()}
    if "needs_postgresql" in markers and "DATABASE_URL" not in os.environ:
        POSTGRESQL.give_up()
    if "needs_redis" in markers and "REDIS_URL" not in os.environ:
        REDIS.give_up()
    if markers & {"database", "needs_postgresql", "needs_redis"}:
        start_services(item.config)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for part in PARTS:
        if count := sum(part.missing in reason for reason in skipped):
            terminalreporter.write_line(f"{part.missing}: {count} tests skipped", yellow=True)
