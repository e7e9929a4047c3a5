"""Signatures and the like of images: tags beside them that are made of their digests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from inventory.kind import ENDINGS, subject_of
from inventory.models import Image


def companions_of(images: Iterable[Image]) -> dict[str, list[Image]]:
    """By digest, those that are there; of images of one repository."""
    subjects = list(images)
    tags = {f"{image.digest.replace(':', '-')}{ending}" for image in subjects for ending in ENDINGS}
    found: dict[str, list[Image]] = defaultdict(list)
    if tags:
        repository = subjects[0].repository_id
        there = Image.objects.filter(repository=repository, tag__in=tags, removed_at=None)
        for companion in there.order_by("tag"):
            found[subject_of(companion.tag) or ""].append(companion)
    return found


def subjects_of(companion: Image, most: int) -> list[Image]:
    """The tags that point to what it belongs to."""
    digest = subject_of(companion.tag)
    if digest is None:
        return []
    images = Image.objects.filter(repository=companion.repository_id, digest=digest)
    return list(images.filter(removed_at=None).order_by()[:most])
