"""pytest plugin: the real services that tests meet, private to one run.

They start before pytest-django reads the settings, once, in the process that xdist's workers
inherit their environment from. HARBORGUARD_TEST_DATABASE=sqlite runs the tests on SQLite.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import ExitStack
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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Generator[None, object, object]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _start_services(early_config)
    else:
        _use_own_broker_database(worker)
    return (yield)


def _start_services(config: pytest.Config) -> None:
    stack = ExitStack()
    config.add_cleanup(stack.close)
    folder = stack.enter_context(private_folder())
    # WhiteNoise warns of a static root that does not exist, and here warnings are errors.
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
        os.environ["DATABASE_URL"] = stack.enter_context(
            postgresql_service.postgresql(folder / "postgresql")
        )
    if valkey_service.executable() is not None:
        os.environ["REDIS_URL"] = stack.enter_context(valkey_service.valkey(folder / "valkey"))
    elif CI:
        raise pytest.UsageError(REDIS.missing)


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
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & _DATABASE_FIXTURES:
            item.add_marker(pytest.mark.database)
    if os.environ.get("HARBORGUARD_TEST_DATABASE") == "sqlite":
        elsewhere = [item for item in items if item.get_closest_marker("needs_postgresql")]
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("needs_postgresql") and "DATABASE_URL" not in os.environ:
        POSTGRESQL.give_up()
    if item.get_closest_marker("needs_redis") and "REDIS_URL" not in os.environ:
        REDIS.give_up()


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for part in PARTS:
        if count := sum(part.missing in reason for reason in skipped):
            terminalreporter.write_line(f"{part.missing}: {count} tests skipped", yellow=True)
