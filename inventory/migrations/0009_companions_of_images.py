from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0008_kinds_of_recorded_tags")]

    operations = [
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("kind", "image"), _negated=True),
                fields=["registry", "kind", "id"],
                name="image_companion",
            ),
        ),
    ]
