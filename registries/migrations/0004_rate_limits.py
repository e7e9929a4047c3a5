from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registries", "0003_connection_options"),
    ]

    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("host", models.CharField(max_length=300, unique=True)),
                ("banned_until", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("failed_logins", models.PositiveIntegerField(default=0)),
                ("counting_since", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "host",
                    models.CharField(
                        help_text="host, with its port where it is unusual", max_length=300
                    ),
                ),
                (
                    "credential",
                    models.CharField(
                        blank=True,
                        help_text="A keyed hash of the login; empty for anonymous",
                        max_length=64,
                    ),
                ),
                (
                    "concurrency",
                    models.PositiveSmallIntegerField(
                        help_text="Requests that may be open at once; null: as many as configured",
                        null=True,
                    ),
                ),
                (
                    "epoch",
                    models.PositiveBigIntegerField(
                        default=0, help_text="counted up by each refusal"
                    ),
                ),
                (
                    "turned_at",
                    models.DateTimeField(help_text="When concurrency was last changed"),
                ),
                ("held_until", models.DateTimeField(null=True)),
                ("limit", models.PositiveBigIntegerField(null=True)),
                ("remaining", models.PositiveBigIntegerField(null=True)),
                ("resets_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(db_index=True)),
                (
                    "registries",
                    models.ManyToManyField(
                        help_text="whose last sync was under this limit",
                        related_name="rate_limits",
                        to="registries.registry",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("host", "credential"),
                        name="one_rate_limit_a_host_and_credential",
                    )
                ],
            },
        ),
    ]
