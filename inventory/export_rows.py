"""Rows of the exports, with the field names of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model

from inventory import rows
from inventory.models import Image, ImageEvent, Repository
from inventory.pull_reference import pull_reference
from inventory.scan import Found
from inventory.search import Search

Row = dict[str, Any]
AnyModel = TypeVar("AnyModel", bound=Model)

_PAGE_SIZE = 1_000
REPOSITORY_COLUMNS = ("id", "registryId", "registry", "name", "firstSeenAt", "removedAt")
IMAGE_COLUMNS = (
    *("id", "registryId", "registry", "repositoryId", "repository", "tag", "digest", "kind"),
    *("mediaType", "artifactType", "size", "platforms", "reference", "pushedAt", "firstSeenAt"),
    *("changedAt", "removedAt", "removedReason", "heldAt"),
)
EVENT_COLUMNS = (
    *("id", "at", "kind", "registryId", "registry", "repository", "tag", "imageId"),
    *("oldDigest", "newDigest", "reason", "runId", "actor"),
)


def repository_rows(search: Search) -> Iterator[Row]:
    after = None
    while True:
        found = search.repositories(after, _PAGE_SIZE)
        yield from map(_repository, found[:_PAGE_SIZE])
        if len(found) <= _PAGE_SIZE:
            return
        after = found[_PAGE_SIZE - 1]


def image_rows(page: Callable[[Image | None, int], Found]) -> Iterator[Row]:
    """Yield all images; ``page`` returns up to so many images after a given one."""
    yield from _walk(page, Image, lambda ids: map(_image, rows.images_by_id(ids)))


def event_rows(page: Callable[[ImageEvent | None, int], Found]) -> Iterator[Row]:
    yield from _walk(page, ImageEvent, lambda ids: map(_event, rows.events_by_id(ids)))


def _walk(
    page: Callable[[AnyModel | None, int], Found],
    model: type[AnyModel],
    to_rows: Callable[[list[int]], Iterator[Row]],
) -> Iterator[Row]:
    """Yield all pages; raise DoesNotExist if the registry of the last row is deleted meanwhile."""
    after = None
    while True:
        found = page(after, _PAGE_SIZE)
        yield from to_rows(found.ids)
        if found.after is None:
            return
        after = model._default_manager.get(pk=found.after)


def _repository(repository: Repository) -> Row:
    return {
        "id": repository.pk,
        "registryId": repository.registry_id,
        "registry": repository.registry.name,
        "name": repository.name,
        "firstSeenAt": _instant(repository.first_seen_at),
        "removedAt": _instant(repository.removed_at),
    }


def _image(image: Image) -> Row:
    return {
        "id": image.pk,
        "registryId": image.registry_id,
        "registry": image.registry.name,
        "repositoryId": image.repository_id,
        "repository": image.repository.name,
        "tag": image.tag,
        "digest": image.digest,
        "kind": image.kind,
        "mediaType": image.media_type,
        "artifactType": image.artifact_type,
        "size": image.size,
        "platforms": image.platforms,
        "reference": pull_reference(image.registry.url, image.repository.name, image.tag),
        "pushedAt": _instant(image.pushed_at),
        "firstSeenAt": _instant(image.first_seen_at),
        "changedAt": _instant(image.changed_at),
        "removedAt": _instant(image.removed_at),
        "removedReason": image.removed_reason or None,
        "heldAt": _instant(image.held_at),
    }


def _event(event: ImageEvent) -> Row:
    return {
        "id": event.pk,
        "at": _instant(event.at),
        "kind": event.kind,
        "registryId": event.registry_id,
        "registry": event.registry.name,
        "repository": event.image.repository.name,
        "tag": event.image.tag,
        "imageId": event.image_id,
        "oldDigest": event.old_digest or None,
        "newDigest": event.new_digest or None,
        "reason": event.reason or None,
        "runId": event.run_id,
        "actor": event.actor,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
