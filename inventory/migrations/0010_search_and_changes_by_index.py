from django.db import migrations, models


class Migration(migrations.Migration):
    """Tags in their order from any one on, in all registries and in one; events by day and run."""

    dependencies = [("inventory", "0009_companions_of_images")]

    operations = [
        migrations.RemoveIndex(model_name="image", name="image_tag"),
        migrations.RemoveIndex(model_name="imageevent", name="event_run"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["tag", "id"],
                opclasses=["varchar_pattern_ops", "int8_ops"],
                name="image_tag",
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["registry", "tag", "id"],
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
                name="image_registry_tag",
            ),
        ),
        migrations.AddIndex(
            model_name="imageevent",
            index=models.Index(fields=["run_id", "id"], name="event_run"),
        ),
        migrations.AddIndex(
            model_name="imageevent",
            index=models.Index(fields=["at"], name="event_at"),
        ),
    ]
