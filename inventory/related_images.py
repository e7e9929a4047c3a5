"""Images related to others: signatures and attestations, and tags with the same digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import IntegerField, OuterRef, Subquery

from inventory import rows
from inventory.kind import ENDINGS, subject_of
from inventory.models import Image

# A base image may be everywhere: "100 or more" says enough, and bounds the cost of counting.
MOST_COUNTED = 100


class _Count(Subquery):
    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def companions_of(images: Iterable[Image]) -> dict[str, list[Image]]:
    """Return the active companions of images of one repository, by the images' digests.

    Companions are the tags that tools name after an image's digest: signatures, attestations,
    SBOMs and lists of referrers.
    """
    subjects = list(images)
    tags = {f"{image.digest.replace(':', '-')}{ending}" for image in subjects for ending in ENDINGS}
    found: dict[str, list[Image]] = defaultdict(list)
    if tags:
        repository = subjects[0].repository_id
        active = Image.objects.filter(repository=repository, tag__in=tags, removed_at=None)
        for companion in active.order_by("tag"):
            found[subject_of(companion.tag) or ""].append(companion)
    return found


def subjects_of(companion: Image, most: int) -> list[Image]:
    """Return up to ``most`` active tags that point to the image the companion belongs to."""
    digest = subject_of(companion.tag)
    if digest is None:
        return []
    images = Image.objects.filter(repository=companion.repository_id, digest=digest)
    return list(images.filter(removed_at=None).order_by()[:most])


def same_digest_counts(ids: Sequence[int]) -> dict[int, int]:
    """Count, for each image, the other active tags with its digest, up to ``MOST_COUNTED``."""
    same = Image.objects.filter(digest=OuterRef("digest"), removed_at=None)
    others = same.exclude(pk=OuterRef("pk")).order_by().values("pk")[:MOST_COUNTED]
    found = Image.objects.filter(pk__in=ids).order_by().annotate(others=_Count(others))
    return dict(found.values_list("pk", "others"))


def same_digest_images(image: Image, most: int) -> list[Image]:
    """Return up to ``most`` other active tags with the image's digest, in any registry.

    They are picked in no particular order, since the database would have to find them all to
    sort them; the result is sorted by name.
    """
    same = rows.images().filter(digest=image.digest, removed_at=None).exclude(pk=image.pk)
    found = same.order_by()[:most]
    return sorted(found, key=lambda other: (other.registry.name, other.repository.name, other.tag))
