from django.db import migrations, models

REMOVED = models.Q(("removed_at__isnull", False))


class Migration(migrations.Migration):
    """Index images by the time of their last change or removal."""

    dependencies = [("inventory", "0002_images_in_the_order_of_ids")]

    operations = [
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["changed_at", "id"], name="image_changed_at"),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["removed_at", "id"], condition=REMOVED, name="image_removed_at"
            ),
        ),
    ]
