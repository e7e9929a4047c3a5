from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_api_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("action", models.CharField(help_text="One of Action", max_length=40)),
                (
                    "actor",
                    models.CharField(help_text="A user's name, or which command", max_length=200),
                ),
                ("user_id", models.BigIntegerField(null=True)),
                ("key_id", models.BigIntegerField(null=True)),
                ("key_name", models.CharField(blank=True, max_length=100)),
                ("address", models.GenericIPAddressField(null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("object_type", models.CharField(max_length=40)),
                ("object_id", models.BigIntegerField(null=True)),
                ("object_name", models.CharField(blank=True, max_length=200)),
                (
                    "changes",
                    models.JSONField(
                        default=dict,
                        help_text="{field: {from, to}}; of a secret only that it was set",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
                    models.Index(fields=["user_id", "-id"], name="audit_user"),
                    models.Index(fields=["action", "-id"], name="audit_action"),
                ],
            },
        ),
    ]
