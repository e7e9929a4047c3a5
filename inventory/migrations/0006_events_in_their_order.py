import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The history of one image, and of one kind of change, page by page."""

    dependencies = [("inventory", "0005_repositories_by_name")]

    operations = [
        migrations.AlterField(
            model_name="imageevent",
            name="image",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="inventory.image",
            ),
        ),
        migrations.AddIndex(
            model_name="imageevent",
            index=models.Index(fields=["image", "-id"], name="event_of_image"),
        ),
        migrations.AddIndex(
            model_name="imageevent",
            index=models.Index(fields=["kind", "id"], name="event_of_kind"),
        ),
    ]
