"""Times that SQLite's own clock wrote get the digits with which Django writes one."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COLUMNS = ("last_sync_at", "last_attempt_at", "next_sync_at", "lease_until")


def complete(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "sqlite":
        return
    for column in COLUMNS:
        longer = f"SET {column} = {column} || '000' WHERE length({column}) = 23"
        schema_editor.execute(f"UPDATE registries_registry {longer}")


class Migration(migrations.Migration):
    dependencies = [("registries", "0001_registry_and_credential")]

    operations = [migrations.RunPython(complete, migrations.RunPython.noop)]
