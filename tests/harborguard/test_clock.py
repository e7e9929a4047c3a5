from __future__ import annotations

import pytest
from django.db import connection

from harborguard.clock import Now
from registries.models import Registry
from tests.factories import make_registry

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_a_row_is_found_by_the_time_that_the_database_wrote() -> None:
    registry = make_registry()
    Registry.objects.filter(pk=registry.pk).update(last_sync_at=Now())
    registry.refresh_from_db()

    assert Registry.objects.filter(last_sync_at=registry.last_sync_at).exists()
    assert Registry.objects.filter(last_sync_at__gte=registry.last_sync_at).exists()
    assert not Registry.objects.filter(last_sync_at__lt=registry.last_sync_at).exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a time is a text on SQLite only")
def test_a_whole_second_is_written_as_django_writes_one() -> None:
    sql, _ = Registry.objects.values_list(Now()).query.sql_with_params()
    moment = sql.removeprefix("SELECT ").partition(" FROM ")[0].partition(" AS ")[0]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {moment.replace('%%', '%')}".replace("'NOW'", "'2026-11-23 10:00'"))
        assert cursor.fetchone() == ("2026-11-23 10:00:00",)
