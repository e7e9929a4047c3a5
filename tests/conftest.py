"""Fixtures of every test: the database, its cleaning, quick passwords and fresh limits."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase, override_settings
from pytest_django import DjangoDbBlocker

from harborguard.access import limits
from tests.services import start_services

# What post_migrate writes stays, so that it need not run after each test that commits.
_KEPT_TABLES = {"django_content_type", "auth_permission", "django_site"}
_SMALL = 2**20


class SharedTemplate:
    """The migrated database that the first process makes and the others copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = f"template_of_{settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"

    @property
    def exists(self) -> bool:
        return (self._folder / self.name).exists()

    def lock(self) -> None:
        self._lock = (self._folder / f"{self.name}.lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def unlock(self) -> None:
        self._lock.close()

    def save(self) -> None:
        """Make the template of the database that the connection is on."""
        file, name = self._folder / self.name, str(connection.settings_dict["NAME"])
        connection.close()
        if connection.vendor == "sqlite":
            shutil.copy(name, file)
        else:
            _copy_database(name, self.name)
            file.touch()

    def restore(self, name: str) -> None:
        if connection.vendor == "sqlite":
            shutil.copy(self._folder / self.name, name)
        else:
            _copy_database(self.name, name)


def _copy_database(source: str, name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest) -> None:
    start_services(request.config)


@pytest.fixture(scope="session")
def shared_template(
    services: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> SharedTemplate:
    """Return the template, locked until ``django_db_setup`` has a migrated database."""
    template = SharedTemplate(Path(os.environ["HARBORGUARD_DATA_DIR"]).parent)
    template.lock()
    if template.exists:
        with django_db_blocker.unblock():
            template.restore(str(connection.creation._get_test_db_name()))  # type: ignore[attr-defined]
    return template


@pytest.fixture(scope="session")
def django_db_keepdb(shared_template: SharedTemplate) -> bool:
    """Use the copy of the template; the whole server goes at the end of the run."""
    return shared_template.exists


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite in a file, as an installation does: in memory its locks are different."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = tmp_path_factory.mktemp("sqlite") / "test.sqlite3"


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, shared_template: SharedTemplate, django_db_blocker: DjangoDbBlocker
) -> None:
    """Let tests that commit empty SQLite's audit trail too; its guard has a test of its own."""
    with django_db_blocker.unblock():
        if not shared_template.exists:
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute("DROP TRIGGER access_auditentry_refuses_delete")
            shared_template.save()
    shared_template.unlock()


@pytest.fixture(scope="session", autouse=True)
def quick_cleaning() -> Iterator[None]:
    """Empty the tables after a test that commits: DELETE takes a tenth of TRUNCATE's time."""
    original = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def empty_tables(case: TransactionTestCase) -> None:
        if connection.vendor != "postgresql" or not _delete_all_rows():
            original(case)

    with patch.object(TransactionTestCase, "_fixture_teardown", empty_tables):
        yield


def _delete_all_rows() -> bool:
    """Delete the rows of small tables; return False if one is too large for that."""
    tables = set(connection.introspection.django_table_names(include_views=False)) - _KEPT_TABLES
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(pg_relation_size(oid)) FROM pg_class WHERE relname = ANY(%s)",
            [sorted(tables)],
        )
        if cursor.fetchone()[0] > _SMALL:
            return False
        deletions = "; ".join(f'DELETE FROM "{table}"' for table in sorted(tables))
        # As a replica, PostgreSQL checks no foreign key and asks no trigger.
        cursor.execute(
            f"SET session_replication_role = replica; {deletions}; RESET session_replication_role"
        )
    return True


@pytest.fixture(scope="session", autouse=True)
def static_files_without_collectstatic() -> Iterator[None]:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    storages = {**settings.STORAGES, "staticfiles": plain}
    with override_settings(STORAGES=storages, WHITENOISE_USE_FINDERS=True):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords with MD5: the real hash takes half a second on purpose."""
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=quick):
        yield


@pytest.fixture(autouse=True)
def fresh_limits(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    uses_services = request.node.get_closest_marker("database") is not None
    if uses_services or limits.store.cache_info().currsize:
        limits.store().clear()
