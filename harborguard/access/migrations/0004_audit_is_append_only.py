"""The database itself refuses to change or to delete an entry.

Who owns the database can still drop the triggers, or empty the table with TRUNCATE.
"""

from django.db import migrations

POSTGRESQL = (
    """
    CREATE FUNCTION access_auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit trail is append-only';
    END $$
    """,
    """
    CREATE TRIGGER access_auditentry_is_append_only
    BEFORE UPDATE OR DELETE ON access_auditentry
    FOR EACH ROW EXECUTE FUNCTION access_auditentry_refuse()
    """,
)
SQLITE = tuple(
    f"""
    CREATE TRIGGER access_auditentry_refuses_{action} BEFORE {action} ON access_auditentry
    BEGIN
        SELECT RAISE(ABORT, 'the audit trail is append-only');
    END
    """
    for action in ("update", "delete")
)
UNDO_POSTGRESQL = (
    "DROP TRIGGER access_auditentry_is_append_only ON access_auditentry",
    "DROP FUNCTION access_auditentry_refuse()",
)
UNDO_SQLITE = tuple(
    f"DROP TRIGGER access_auditentry_refuses_{action}" for action in ("update", "delete")
)


def guard(apps, schema_editor):
    _execute(schema_editor, POSTGRESQL, SQLITE)


def unguard(apps, schema_editor):
    _execute(schema_editor, UNDO_POSTGRESQL, UNDO_SQLITE)


def _execute(schema_editor, postgresql, sqlite):
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_audit_entry"),
    ]

    operations = [
        migrations.RunPython(guard, unguard),
    ]
