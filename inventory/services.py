"""The only writer of the inventory.

Every writing function expects to run inside the caller's transaction, which has checked first
that the run may still write. Nothing here calls a registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from inventory.models import Image, ImageEvent, RemovedReason, Repository
from inventory.reconcile import Changes, Key, Moved, Observed, Recorded, reconcile

Kind = ImageEvent.Kind


@dataclass(frozen=True, slots=True)
class Author:
    """Which run writes, on whose behalf, at what time: what the history tells of a change."""

    registry_id: int
    run_id: int
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """An active image that a complete listing did not show."""

    image_id: int
    key: Key
    digest: str
    held: bool


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """Repositories of one window by name: ids of the known ones, and what has to be written."""

    ids: Mapping[str, int]
    new: tuple[str, ...]
    back: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one window of observations would change. Made by reading only."""

    repositories: RepositoryPlan
    changes: Changes

    def __bool__(self) -> bool:
        return bool(self.changes or self.repositories.new or self.repositories.back)


def plan(registry_id: int, names: Iterable[str], observed: Mapping[Key, Observed]) -> Plan:
    """Hold one window against the inventory; ``names`` are the repositories it has listed."""
    repositories = _plan_repositories(registry_id, names)
    recorded = _recorded(repositories.ids, observed)
    return Plan(repositories, reconcile(recorded, observed))


def record(plan: Plan, author: Author) -> None:
    """Write what the plan found, and one event for each change; unchanged rows stay untouched."""
    ids = _write_repositories(plan.repositories, author)
    changes = plan.changes
    images = [
        Image(
            registry_id=author.registry_id,
            repository_id=ids[key.repository],
            tag=key.tag,
            digest=now.digest,
            media_type=now.media_type,
            first_seen_at=author.at,
            changed_at=author.at,
        )
        for key, now in sorted(changes.added.items(), key=_by_name)
    ]
    Image.objects.bulk_create(images)
    events = [_event(image.pk, Kind.ADDED, author, new=image.digest) for image in images]
    for kind, moves in ((Kind.MOVED, changes.moved), (Kind.RESTORED, changes.restored)):
        events += [
            _event(move.was.image_id, kind, author, old=move.was.digest, new=move.now.digest)
            for move in moves.values()
        ]
    _point_elsewhere([*changes.moved.values(), *changes.restored.values()], author)
    if changes.released:
        Image.objects.filter(pk__in=[was.image_id for was in changes.released]).update(held_at=None)
    ImageEvent.objects.bulk_create(events)


def active_in(registry_id: int, names: Sequence[str]) -> Iterator[Candidate]:
    """Every active image of the named repositories."""
    rows = (
        Image.objects.filter(
            repository__registry_id=registry_id, repository__name__in=names, removed_at=None
        )
        .values_list("pk", "repository__name", "tag", "digest", "held_at")
        .order_by()
        .iterator(chunk_size=2000)
    )
    for pk, repository, tag, digest, held_at in rows:
        yield Candidate(pk, Key(repository, tag), digest, held_at is not None)


def active_repositories(registry_id: int) -> Iterator[str]:
    """Names of the repositories in the active inventory, streamed."""
    return (
        Repository.objects.filter(registry_id=registry_id, removed_at=None)
        .values_list("name", flat=True)
        .order_by()
        .iterator(chunk_size=2000)
    )


def remove(candidates: Sequence[Candidate], reason: RemovedReason, author: Author) -> None:
    """Take images out of the active inventory; their rows and their history stay."""
    Image.objects.filter(pk__in=[gone.image_id for gone in candidates]).update(
        removed_at=author.at, removed_reason=reason, held_at=None
    )
    ImageEvent.objects.bulk_create(
        _event(gone.image_id, Kind.REMOVED, author, old=gone.digest, reason=reason)
        for gone in candidates
    )


def hold(candidates: Sequence[Candidate], author: Author) -> None:
    """Mark images as gone but kept, until a person confirms (decision 8)."""
    Image.objects.filter(pk__in=[gone.image_id for gone in candidates if not gone.held]).update(
        held_at=author.at
    )


def retire_repositories(names: Sequence[str], author: Author) -> None:
    """Take those of the repositories out of the active inventory that hold no active image."""
    active = Image.objects.filter(repository=OuterRef("pk"), removed_at=None)
    Repository.objects.filter(
        ~Exists(active), registry_id=author.registry_id, name__in=names, removed_at=None
    ).update(removed_at=author.at)


def forget(registry_id: int) -> None:
    """Delete everything that is known of a registry, table by table.

    A cascade would load each row, and there may be a million of them.
    """
    for model in (ImageEvent, Image, Repository):
        rows = model.objects.filter(registry_id=registry_id)
        rows._raw_delete(rows.db)


def counts(registry_id: int) -> tuple[int, int]:
    """How many repositories and images are active."""
    return (
        Repository.objects.filter(registry_id=registry_id, removed_at=None).count(),
        Image.objects.filter(registry_id=registry_id, removed_at=None).count(),
    )


def held_count(registry_id: int) -> int:
    return Image.objects.filter(registry_id=registry_id, held_at__isnull=False).count()


def _plan_repositories(registry_id: int, names: Iterable[str]) -> RepositoryPlan:
    wanted = set(names)
    rows = Repository.objects.filter(registry_id=registry_id, name__in=wanted).values_list(
        "name", "pk", "removed_at"
    )
    ids: dict[str, int] = {}
    back: list[int] = []
    for name, pk, removed_at in rows:
        ids[name] = pk
        if removed_at is not None:
            back.append(pk)
    return RepositoryPlan(ids, tuple(sorted(wanted - ids.keys())), tuple(back))


def _write_repositories(plan: RepositoryPlan, author: Author) -> dict[str, int]:
    """Return the id of every repository of the plan, by name."""
    created = Repository.objects.bulk_create(
        Repository(registry_id=author.registry_id, name=name, first_seen_at=author.at)
        for name in plan.new
    )
    if plan.back:
        Repository.objects.filter(pk__in=plan.back).update(removed_at=None)
    return {**plan.ids, **{repository.name: repository.pk for repository in created}}


def _recorded(ids: Mapping[str, int], observed: Mapping[Key, Observed]) -> dict[Key, Recorded]:
    names = {pk: name for name, pk in ids.items()}
    rows = (
        Image.objects.filter(repository_id__in=names, tag__in={key.tag for key in observed})
        .values_list("repository_id", "tag", "pk", "digest", "removed_at", "held_at")
        .order_by()
    )
    return {
        Key(names[repository_id], tag): Recorded(
            pk, digest, removed_at is None, held_at is not None
        )
        for repository_id, tag, pk, digest, removed_at, held_at in rows
    }


def _point_elsewhere(moves: Sequence[Moved], author: Author) -> None:
    Image.objects.bulk_update(
        [
            Image(
                pk=move.was.image_id,
                digest=move.now.digest,
                media_type=move.now.media_type,
                changed_at=author.at,
                removed_at=None,
                removed_reason="",
                held_at=None,
            )
            for move in sorted(moves, key=lambda move: move.was.image_id)
        ],
        ["digest", "media_type", "changed_at", "removed_at", "removed_reason", "held_at"],
    )


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
