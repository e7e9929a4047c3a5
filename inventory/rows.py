"""Repositories, images and changes with the rows they belong to, in a fixed number of queries.

Related rows are fetched by id after the page: a join would give the planner a choice that is
wrong for some pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry


def repositories() -> QuerySet[Repository]:
    return Repository.objects.prefetch_related(_registry())


def images() -> QuerySet[Image]:
    return Image.objects.prefetch_related(_registry(), _repository("repository"))


def events() -> QuerySet[ImageEvent]:
    image = Image.objects.only("tag", "kind", "repository_id")
    return ImageEvent.objects.prefetch_related(
        _registry(), Prefetch("image", image), _repository("image__repository")
    )


def images_by_id(ids: Sequence[int]) -> list[Image]:
    """Return the images in the order of ``ids``, without those deleted in the meantime."""
    found = images().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def events_by_id(ids: Sequence[int]) -> list[ImageEvent]:
    """Return the changes in the order of ``ids``, without those deleted in the meantime."""
    found = events().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _registry() -> Prefetch[Any, Any]:
    return Prefetch("registry", Registry.objects.only("name", "url", "provider"))


def _repository(path: str) -> Prefetch[Any, Any]:
    return Prefetch(path, Repository.objects.only("name", "registry_id"))
