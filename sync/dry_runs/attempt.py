"""A dry run being carried out: what a sync would change is reported, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inventory import queries
from inventory.models import Image, RemovedReason
from inventory.queries import ActiveImage
from inventory.reconcile import Key
from inventory.services import Plan
from registries.models import Registry
from sync.enumeration.comparison import Comparison, in_batches
from sync.enumeration.reader import Reader
from sync.models import DryRunChange
from sync.runs.lifecycle import Progress

Kind = DryRunChange.Kind


@dataclass(frozen=True, slots=True)
class TagChange:
    """A change that a sync would make to one tag. ``new`` is empty for a removal, ``old`` for an
    addition."""

    kind: DryRunChange.Kind
    key: Key
    old: str = ""
    new: str = ""
    reason: str = ""


@dataclass(slots=True)
class Counts:
    """The number of changes that a sync would make. The names are columns of ``DryRun``."""

    added: int = 0
    moved: int = 0
    restored: int = 0
    released: int = 0
    gone: int = 0
    filtered: int = 0
    held: int = 0
    repositories_added: int = 0
    repositories_restored: int = 0
    repositories_retired: int = 0


class DryRunAttempt:
    """Reports what its comparison finds: each change once, by calling ``report``.

    What a sync writes as it goes, this remembers: what it has reported as removed no longer counts
    as active, and what it has reported as added does. ``keep_alive`` is called often, and raises
    where the dry run must stop.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        report: Callable[[TagChange], None],
        keep_alive: Callable[[DryRunAttempt], None] = lambda attempt: None,
    ) -> None:
        self.registry = registry
        self.reader = Reader(lambda progress: keep_alive(self))
        self.comparison = Comparison(registry, self.reader, self)
        self.counts = Counts()
        self._report = report
        # Hashes: there may be a million, and a registry may list any of them twice.
        self._added: set[int] = set()
        self._removed: set[int] = set()
        self._repositories_added: set[str] = set()

    @property
    def progress(self) -> Progress:
        return self.reader.progress

    def record(self, plan: Plan) -> None:
        for name in plan.repositories.new:
            self.counts.repositories_added += self._is_first_repository(name)
        names = {pk: name for name, pk in plan.repositories.ids.items()}
        for pk in plan.repositories.restored:
            self.counts.repositories_restored += self._is_first_repository(names[pk])
        changes = plan.changes
        for key, image in changes.added.items():
            if self._is_first(key):
                self.counts.added += 1
                self._report(TagChange(Kind.ADDED, key, new=image.digest))
        for key, move in changes.moved.items():
            if self._is_first(key):
                self.counts.moved += 1
                self._report(TagChange(Kind.MOVED, key, move.was.digest, move.now.digest))
        for key, move in changes.restored.items():
            if self._is_first(key):
                self.counts.restored += 1
                self._report(TagChange(Kind.RESTORED, key, move.was.digest, move.now.digest))
        for key, digest in _recorded([image.image_id for image in changes.released]).values():
            if self._is_first(key):
                self.counts.released += 1
                self._report(TagChange(Kind.RELEASED, key, digest, digest))
        self.reader.publish()

    def remove(self, image_ids: Sequence[int], reason: RemovedReason) -> None:
        for batch in in_batches(image_ids):
            removed = [image_id for image_id in batch if image_id not in self._removed]
            self._removed.update(removed)
            for key, digest in _recorded(removed).values():
                self._report(TagChange(Kind.REMOVED, key, old=digest, reason=reason))
            if reason == RemovedReason.GONE:
                self.counts.gone += len(removed)
            else:
                self.counts.filtered += len(removed)
            self.reader.publish()

    def hold(self, image_ids: Sequence[int]) -> None:
        for batch in in_batches(image_ids):
            for key, digest in _recorded(batch).values():
                self._report(TagChange(Kind.HELD, key, old=digest))
            self.counts.held += len(batch)
            self.reader.publish()

    def retire(self, names: Sequence[str]) -> None:
        still_active = {
            image.key.repository
            for image in queries.active_in(self.registry.pk, names)
            if image.image_id not in self._removed
        }
        self.counts.repositories_retired += len(set(names) - still_active)

    def active_count(self) -> int:
        added = self.counts.added + self.counts.restored
        return queries.active_count(self.registry.pk) + added - len(self._removed)

    def is_confirmed(self, image: ActiveImage) -> bool:
        return False

    def _is_first(self, key: Key) -> bool:
        mark = hash(key)
        is_first = mark not in self._added
        self._added.add(mark)
        return is_first

    def _is_first_repository(self, name: str) -> bool:
        is_first = name not in self._repositories_added
        self._repositories_added.add(name)
        return is_first


def _recorded(image_ids: Sequence[int]) -> dict[int, tuple[Key, str]]:
    """Return the key and digest of each image as the inventory has it, ordered by name."""
    if not image_ids:
        return {}
    rows = Image.objects.filter(pk__in=image_ids).order_by("repository__name", "tag")
    return {
        pk: (Key(repository, tag), digest)
        for pk, repository, tag, digest in rows.values_list(
            "pk", "repository__name", "tag", "digest"
        )
    }
