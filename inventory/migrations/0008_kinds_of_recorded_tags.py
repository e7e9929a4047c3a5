"""Signatures and the like that were recorded before tags had a kind."""

from django.db import migrations

from inventory.kind import kind_of

_TOGETHER = 1000


def classify(apps, schema_editor):
    images = apps.get_model("inventory", "Image").objects.using(schema_editor.connection.alias)
    candidates = images.filter(tag__startswith="sha256-") | images.filter(tag__startswith="sha512-")
    found = {}
    for pk, tag in candidates.order_by().values_list("pk", "tag").iterator(_TOGETHER):
        found.setdefault(kind_of(tag), []).append(pk)
    for kind, ids in found.items():
        for start in range(0, len(ids), _TOGETHER):
            images.filter(pk__in=ids[start : start + _TOGETHER]).update(kind=kind)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0007_image_details")]

    operations = [migrations.RunPython(classify, migrations.RunPython.noop, elidable=True)]
