"""Where else an image is: tags of any repository, in any registry, with the same digest."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import IntegerField, OuterRef, Subquery

from inventory import listed
from inventory.models import Image

# A base image may be everywhere; to say "100 or more" is enough, and costs no more than that.
MOST_COUNTED = 100


class _Count(Subquery):
    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def counts(ids: Sequence[int]) -> dict[int, int]:
    """How many other tags point to the digest of each image, up to ``MOST_COUNTED``."""
    same = Image.objects.filter(digest=OuterRef("digest"), removed_at=None)
    others = same.exclude(pk=OuterRef("pk")).order_by().values("pk")[:MOST_COUNTED]
    found = Image.objects.filter(pk__in=ids).order_by().annotate(others=_Count(others))
    return dict(found.values_list("pk", "others"))


def others(image: Image, most: int) -> list[Image]:
    """In no order of the database's: it would have to find them all first."""
    same = Image.objects.filter(digest=image.digest, removed_at=None).exclude(pk=image.pk)
    found = listed.with_places(same).order_by()[:most]
    return sorted(found, key=lambda one: (one.registry.name, one.repository.name, one.tag))
