from django.db import migrations, models


class Migration(migrations.Migration):
    """Tags and digests, whole or by their beginning, whatever the database's collation."""

    dependencies = [("inventory", "0003_images_by_time")]

    operations = [
        migrations.RemoveIndex(model_name="image", name="image_digest"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["digest"], opclasses=["varchar_pattern_ops"], name="image_digest"
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["tag"], opclasses=["varchar_pattern_ops"], name="image_tag"),
        ),
    ]
