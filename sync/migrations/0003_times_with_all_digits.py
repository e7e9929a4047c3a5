"""Times that SQLite's own clock wrote get the digits with which Django writes one."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COLUMNS = ("queued_at", "rung_at", "started_at", "finished_at")


def complete(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "sqlite":
        return
    for column in COLUMNS:
        longer = f"SET {column} = {column} || '000' WHERE length({column}) = 23"
        schema_editor.execute(f"UPDATE sync_syncrun {longer}")


class Migration(migrations.Migration):
    dependencies = [("sync", "0002_sweep")]

    operations = [migrations.RunPython(complete, migrations.RunPython.noop)]
