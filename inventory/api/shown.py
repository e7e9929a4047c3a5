"""Rows with all that their serializers show, in a constant number of queries.

What a row belongs to is fetched by id after the page: joined, it would give the planner a
choice that is wrong for some pages.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet

from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry


def repositories() -> QuerySet[Repository]:
    return Repository.objects.prefetch_related(_registry())


def images() -> QuerySet[Image]:
    return Image.objects.prefetch_related(_registry(), _repository("repository"))


def events() -> QuerySet[ImageEvent]:
    tagged = Image.objects.only("tag", "repository_id")
    return ImageEvent.objects.prefetch_related(
        _registry(), Prefetch("image", tagged), _repository("image__repository")
    )


def _registry() -> Prefetch[Any, Any]:
    return Prefetch("registry", Registry.objects.only("name", "url", "provider"))


def _repository(through: str) -> Prefetch[Any, Any]:
    return Prefetch(through, Repository.objects.only("name"))
