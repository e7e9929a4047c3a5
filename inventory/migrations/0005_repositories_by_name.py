from django.db import migrations, models


class Migration(migrations.Migration):
    """The list of all registries' repositories in the order of their names."""

    dependencies = [("inventory", "0004_images_by_how_they_begin")]

    operations = [
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(fields=["name", "id"], name="repository_by_name"),
        ),
    ]
