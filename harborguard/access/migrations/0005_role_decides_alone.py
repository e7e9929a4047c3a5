"""Django's flags for the admin pages follow from the role; a superuser is an admin."""

from django.db import migrations

ADMIN = 80


def follow(apps, schema_editor):
    users = apps.get_model("access", "User").objects
    users.filter(is_superuser=True).update(role=ADMIN)
    users.filter(role=ADMIN).update(is_staff=True, is_superuser=True)
    users.exclude(role=ADMIN).update(is_staff=False, is_superuser=False)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_audit_is_append_only"),
    ]

    operations = [
        migrations.RunPython(follow, migrations.RunPython.noop),
    ]
