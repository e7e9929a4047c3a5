from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sync", "0005_dry_runs")]

    operations = [
        migrations.AddIndex(
            model_name="syncrun",
            index=models.Index(
                condition=models.Q(("trigger", "push"), _negated=True),
                fields=["registry", "-id"],
                name="run_newest_sync",
            ),
        ),
        migrations.AddIndex(
            model_name="syncrun",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)),
                fields=[
                    "finished_at",
                    "state",
                    "trigger",
                    "added",
                    "moved",
                    "removed",
                    "restored",
                ],
                name="run_ended",
            ),
        ),
    ]
