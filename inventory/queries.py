"""Reads of the active inventory that syncs, dry runs and use cases need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from inventory.kind import Kind
from inventory.models import Image, Repository
from inventory.reconcile import Key


@dataclass(frozen=True, slots=True)
class ActiveImage:
    """An image of the active inventory; ``held_at`` is set while its removal is held."""

    image_id: int
    key: Key
    held_at: datetime | None


def active_in(registry_id: int, names: Iterable[str]) -> list[ActiveImage]:
    """Return every active image of the named repositories."""
    repositories = Repository.objects.filter(registry_id=registry_id, name__in=set(names))
    by_id = dict(repositories.values_list("pk", "name"))
    return _active(Image.objects.filter(repository_id__in=by_id), by_id)


def active_by_id(image_ids: Iterable[int]) -> list[ActiveImage]:
    """Return those of the images that are active."""
    images = Image.objects.filter(pk__in=list(image_ids))
    by_id = dict(images.values_list("repository_id", "repository__name"))
    return _active(images, by_id)


def active_repositories(registry_id: int) -> list[str]:
    """Return the names of the repositories in the active inventory."""
    repositories = Repository.objects.filter(registry_id=registry_id, removed_at=None)
    return list(repositories.values_list("name", flat=True).order_by())


def counts(registry_id: int) -> tuple[int, int]:
    """Count active repositories and active images, not counting signatures and attestations."""
    companions = Image.objects.filter(registry_id=registry_id, removed_at=None).exclude(
        kind=Kind.IMAGE
    )
    return (
        Repository.objects.filter(registry_id=registry_id, removed_at=None).count(),
        active_count(registry_id) - companions.count(),
    )


def active_count(registry_id: int) -> int:
    """Count active tags of every kind, signatures and attestations included."""
    return Image.objects.filter(registry_id=registry_id, removed_at=None).count()


def held_count(registry_id: int) -> int:
    return Image.objects.filter(registry_id=registry_id, held_at__isnull=False).count()


def _active(images: QuerySet[Image], names: Mapping[int, str]) -> list[ActiveImage]:
    rows = images.filter(removed_at=None).order_by()
    return [
        ActiveImage(pk, Key(names[repository_id], tag), held_at)
        for pk, repository_id, tag, held_at in rows.values_list(
            "pk", "repository_id", "tag", "held_at"
        )
    ]
