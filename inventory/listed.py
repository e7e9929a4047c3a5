"""Rows as lists show them, in a constant number of queries: what a row belongs to is fetched by
id, as a join would give the planner a choice that is wrong for some pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry


def images(ids: Sequence[int]) -> list[Image]:
    """In the order of ``ids``."""
    found = Image.objects.prefetch_related(*_places()).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def events(ids: Sequence[int]) -> list[ImageEvent]:
    """In the order of ``ids``."""
    found = with_images(ImageEvent.objects.all()).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def with_images(found: QuerySet[ImageEvent]) -> QuerySet[ImageEvent]:
    image = Image.objects.only("tag", "kind", "repository_id")
    return found.prefetch_related(_registry(), Prefetch("image", image), _repository("image__"))


def with_places(found: QuerySet[Image]) -> QuerySet[Image]:
    return found.prefetch_related(*_places())


def _places() -> tuple[Prefetch[Any, Any], ...]:
    return _registry(), _repository("")


def _registry() -> Prefetch[Any, Any]:
    return Prefetch("registry", Registry.objects.only("name", "url", "provider"))


def _repository(through: str) -> Prefetch[Any, Any]:
    return Prefetch(f"{through}repository", Repository.objects.only("name", "registry_id"))
