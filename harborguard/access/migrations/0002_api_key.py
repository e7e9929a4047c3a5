import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import harborguard.access.models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_user"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("token_key", models.CharField(db_index=True, max_length=25)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expiry", models.DateTimeField(blank=True, null=True)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("digest", models.CharField(editable=False, max_length=128, unique=True)),
                (
                    "name",
                    models.CharField(
                        max_length=100, validators=[harborguard.access.models.validate_key_name]
                    ),
                ),
                (
                    "role",
                    models.PositiveSmallIntegerField(
                        choices=[(20, "viewer"), (60, "developer"), (80, "admin")]
                    ),
                ),
                ("last_used_at", models.DateTimeField(editable=False, null=True)),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)),
                        fields=("user", "name"),
                        name="key_name_once_a_user",
                        violation_error_message="This user has a key of that name already.",
                    )
                ],
            },
        ),
    ]
