"""The only writer of the inventory.

Functions that write run in the caller's transaction, which has checked that the run may still
write. Nothing here calls a registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from inventory import feed
from inventory.kind import kind_of
from inventory.models import Image, ImageEvent, RemovedReason, Repository
from inventory.reconcile import Changes, Key, Moved, Observed, Recorded, reconcile
from registries.providers.shared.details import NO_DETAILS, Details

Event = ImageEvent.Kind

_DETAILS = ("size", "pushed_at", "platforms", "artifact_type")


@dataclass(frozen=True, slots=True)
class Author:
    """The run that writes, for whom and when, as recorded in the history."""

    registry_id: int
    run_id: int
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """Repositories of a window: ids of known ones by name, new names, and ids to restore."""

    ids: Mapping[str, int]
    new: tuple[str, ...]
    restored: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that a window of observations requires. Made without writing."""

    repositories: RepositoryPlan
    changes: Changes

    def __bool__(self) -> bool:
        return bool(self.changes or self.repositories.new or self.repositories.restored)


def plan(registry_id: int, names: Iterable[str], observed: Mapping[Key, Observed]) -> Plan:
    """Compare a window with the inventory; ``names`` are the repositories it lists."""
    repositories = _plan_repositories(registry_id, names)
    recorded = _recorded(repositories.ids, observed)
    return Plan(repositories, reconcile(recorded, observed))


def record(plan: Plan, author: Author) -> None:
    """Write the plan, with one event per change; unchanged rows are not written."""
    ids = _write_repositories(plan.repositories, author)
    changes = plan.changes
    images = [
        Image(
            registry_id=author.registry_id,
            repository_id=ids[key.repository],
            tag=key.tag,
            digest=now.digest,
            media_type=now.media_type,
            kind=kind_of(key.tag),
            **_columns(now.details),
            first_seen_at=author.at,
            changed_at=author.at,
        )
        for key, now in sorted(changes.added.items(), key=_by_name)
    ]
    Image.objects.bulk_create(images)
    events = [_event(image.pk, Event.ADDED, author, new=image.digest) for image in images]
    for kind, moves in ((Event.MOVED, changes.moved), (Event.RESTORED, changes.restored)):
        events += [
            _event(move.was.image_id, kind, author, old=move.was.digest, new=move.now.digest)
            for move in moves.values()
        ]
    _write_digests([*changes.moved.values(), *changes.restored.values()], author)
    _describe(changes.described.values())
    if changes.released:
        Image.objects.filter(pk__in=[was.image_id for was in changes.released]).update(held_at=None)
    feed.append(events)


def remove(image_ids: Sequence[int], reason: RemovedReason, author: Author) -> None:
    """Remove images from the active inventory; their rows and history are kept."""
    images = Image.objects.filter(pk__in=image_ids, removed_at=None)
    digests = list(images.values_list("pk", "digest").order_by("pk"))
    images.update(removed_at=author.at, removed_reason=reason, held_at=None)
    feed.append(
        [
            _event(image_id, Event.REMOVED, author, old=digest, reason=reason)
            for image_id, digest in digests
        ]
    )


def hold(image_ids: Sequence[int], author: Author) -> None:
    """Hold the removal of missing images for review (docs/decisions/0004)."""
    Image.objects.filter(pk__in=image_ids, held_at=None).update(held_at=author.at)


def retire_repositories(names: Sequence[str], author: Author) -> None:
    """Remove those of the repositories without active images from the active inventory."""
    active = Image.objects.filter(repository=OuterRef("pk"), removed_at=None)
    Repository.objects.filter(
        ~Exists(active), registry_id=author.registry_id, name__in=names, removed_at=None
    ).update(removed_at=author.at)


def forget(registry_id: int) -> None:
    """Delete a registry's inventory table by table.

    A cascade would load every row, and there may be a million of them.
    """
    for model in (ImageEvent, Image, Repository):
        rows = model.objects.filter(registry_id=registry_id)
        rows._raw_delete(rows.db)


def _plan_repositories(registry_id: int, names: Iterable[str]) -> RepositoryPlan:
    wanted = set(names)
    rows = Repository.objects.filter(registry_id=registry_id, name__in=wanted).values_list(
        "name", "pk", "removed_at"
    )
    ids: dict[str, int] = {}
    restored: list[int] = []
    for name, pk, removed_at in rows:
        ids[name] = pk
        if removed_at is not None:
            restored.append(pk)
    return RepositoryPlan(ids, tuple(sorted(wanted - ids.keys())), tuple(restored))


def _write_repositories(plan: RepositoryPlan, author: Author) -> dict[str, int]:
    """Return the id of every repository of the plan, by name."""
    created = Repository.objects.bulk_create(
        Repository(registry_id=author.registry_id, name=name, first_seen_at=author.at)
        for name in plan.new
    )
    if plan.restored:
        Repository.objects.filter(pk__in=plan.restored).update(removed_at=None)
    return {**plan.ids, **{repository.name: repository.pk for repository in created}}


def _recorded(ids: Mapping[str, int], observed: Mapping[Key, Observed]) -> dict[Key, Recorded]:
    observed_in = {key.repository for key in observed}
    names = {pk: name for name, pk in ids.items() if name in observed_in}
    columns = ["repository_id", "tag", "pk", "digest", "removed_at", "held_at", "media_type"]
    # Without observed details there is nothing to compare.
    if any(now.details for now in observed.values()):
        columns += _DETAILS
    rows = (
        Image.objects.filter(repository_id__in=names, tag__in={key.tag for key in observed})
        .values_list(*columns)
        .order_by()
    )
    return {
        Key(names[repository_id], tag): Recorded(
            pk, digest, removed_at is None, held_at is not None, media_type, _details(*known)
        )
        for repository_id, tag, pk, digest, removed_at, held_at, media_type, *known in rows
    }


def _details(
    size: int | None = None,
    pushed_at: datetime | None = None,
    platforms: Sequence[str] = (),
    artifact_type: str = "",
) -> Details:
    return Details(size, pushed_at, tuple(platforms), artifact_type)


def _columns(details: Details) -> dict[str, Any]:
    return {
        "size": details.size,
        "pushed_at": details.pushed_at,
        "platforms": list(details.platforms),
        "artifact_type": details.artifact_type,
    }


def _write_digests(moves: Sequence[Moved], author: Author) -> None:
    """Write new digests; equal values share one UPDATE, as this runs under the run's lock."""
    in_order = sorted(moves, key=lambda move: move.was.image_id)
    images = [
        Image(pk=move.was.image_id, digest=move.now.digest, media_type=move.now.media_type)
        for move in in_order
    ]
    Image.objects.filter(pk__in=[image.pk for image in images]).update(
        changed_at=author.at,
        removed_at=None,
        removed_reason="",
        held_at=None,
        **_columns(NO_DETAILS),
    )
    Image.objects.bulk_update(images, ["digest", "media_type"], batch_size=200)
    _write_details(in_order)


def _describe(moves: Iterable[Moved]) -> None:
    """Write new details without events, since they are no change of the tag."""
    described = sorted(moves, key=lambda move: move.was.image_id)
    _write_details(described)
    images = [
        Image(pk=move.was.image_id, media_type=move.now.media_type)
        for move in described
        if move.now.media_type != move.was.media_type
    ]
    Image.objects.bulk_update(images, ["media_type"], batch_size=200)


def _write_details(moves: Iterable[Moved]) -> None:
    """Write details only for images whose listing included them."""
    images = [
        Image(pk=move.was.image_id, **_columns(move.now.details))
        for move in moves
        if move.now.details
    ]
    Image.objects.bulk_update(images, _DETAILS, batch_size=200)


def _event(
    image_id: int, kind: str, author: Author, *, old: str = "", new: str = "", reason: str = ""
) -> ImageEvent:
    return ImageEvent(
        registry_id=author.registry_id,
        image_id=image_id,
        kind=kind,
        old_digest=old,
        new_digest=new,
        reason=reason,
        at=author.at,
        run_id=author.run_id,
        actor=author.actor,
    )


def _by_name(item: tuple[Key, Observed]) -> tuple[str, str]:
    return item[0].repository, item[0].tag
