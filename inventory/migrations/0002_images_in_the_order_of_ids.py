from django.db import migrations, models

PRESENT = models.Q(("removed_at__isnull", True))
REMOVED = models.Q(("removed_at__isnull", False))


class Migration(migrations.Migration):
    """A page of a registry's images begins anywhere without reading those before it."""

    dependencies = [("inventory", "0001_repository_image_and_history")]

    operations = [
        migrations.RemoveIndex(model_name="image", name="image_active"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["registry", "id"], condition=PRESENT, name="image_active"),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["registry", "id"], condition=REMOVED, name="image_removed"),
        ),
    ]
