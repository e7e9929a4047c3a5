"""A reading of which nothing is written: what a sync would change is told, one by one.

What a sync writes as it goes, this keeps in mind: what it has said to leave counts no longer as
active, and what it has said to come in does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inventory import queries
from inventory.models import Image, RemovedReason
from inventory.reconcile import Key
from inventory.services import Plan
from registries.models import Registry
from sync.enumeration.comparison import Reading, in_parts
from sync.models import DryRunChange

Kind = DryRunChange.Kind


@dataclass(frozen=True, slots=True)
class Difference:
    """What a sync would do to one tag. Of a removal ``new`` is empty, of an addition ``old``."""

    kind: DryRunChange.Kind
    key: Key
    old: str = ""
    new: str = ""
    reason: str = ""


@dataclass(slots=True)
class Counts:
    """The names are columns of ``DryRun``."""

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


class Rehearsal(Reading):
    """``tell`` is given each difference once; ``keep_on`` is asked often whether to go on, and
    raises if not."""

    def __init__(
        self,
        registry: Registry,
        *,
        tell: Callable[[Difference], None],
        keep_on: Callable[[Rehearsal], None],
    ) -> None:
        super().__init__(registry)
        self.counts = Counts()
        self._tell = tell
        self._ask_to_keep_on = keep_on
        # By hash: there may be a million, and a registry may show any of them twice.
        self._come: set[int] = set()
        self._left: set[int] = set()
        self._repositories_come: set[str] = set()

    def keep_on(self) -> None:
        self._ask_to_keep_on(self)

    def take_in(self, plan: Plan) -> None:
        for name in plan.repositories.new:
            self.counts.repositories_added += self._is_first_seen(name)
        back = {pk: name for name, pk in plan.repositories.ids.items()}
        for pk in plan.repositories.restored:
            self.counts.repositories_restored += self._is_first_seen(back[pk])
        changes = plan.changes
        for key, now in changes.added.items():
            if self._is_first(key):
                self.counts.added += 1
                self._tell(Difference(Kind.ADDED, key, new=now.digest))
        for key, move in changes.moved.items():
            if self._is_first(key):
                self.counts.moved += 1
                self._tell(Difference(Kind.MOVED, key, move.was.digest, move.now.digest))
        for key, move in changes.restored.items():
            if self._is_first(key):
                self.counts.restored += 1
                self._tell(Difference(Kind.RESTORED, key, move.was.digest, move.now.digest))
        for key, digest in _told_of([was.image_id for was in changes.released]).values():
            if self._is_first(key):
                self.counts.released += 1
                self._tell(Difference(Kind.RELEASED, key, digest, digest))
        self.show()

    def remove(self, image_ids: Sequence[int], reason: RemovedReason) -> None:
        for some in in_parts(image_ids):
            leaving = [image_id for image_id in some if image_id not in self._left]
            self._left.update(leaving)
            for key, digest in _told_of(leaving).values():
                self._tell(Difference(Kind.REMOVED, key, old=digest, reason=reason))
            if reason == RemovedReason.GONE:
                self.counts.gone += len(leaving)
            else:
                self.counts.filtered += len(leaving)
            self.show()

    def hold(self, image_ids: Sequence[int]) -> None:
        for some in in_parts(image_ids):
            for key, digest in _told_of(some).values():
                self._tell(Difference(Kind.HELD, key, old=digest))
            self.counts.held += len(some)
            self.show()

    def retire(self, names: Sequence[str]) -> None:
        staying = {
            image.key.repository
            for image in queries.active_in(self.registry.pk, names)
            if image.image_id not in self._left
        }
        self.counts.repositories_retired += len(set(names) - staying)

    def active_count(self) -> int:
        come = self.counts.added + self.counts.restored
        return queries.active_count(self.registry.pk) + come - len(self._left)

    def _is_first(self, key: Key) -> bool:
        mark = hash(key)
        is_first = mark not in self._come
        self._come.add(mark)
        return is_first

    def _is_first_seen(self, name: str) -> bool:
        is_first = name not in self._repositories_come
        self._repositories_come.add(name)
        return is_first


def _told_of(image_ids: Sequence[int]) -> dict[int, tuple[Key, str]]:
    """What the inventory says of images, in the order of names."""
    if not image_ids:
        return {}
    rows = Image.objects.filter(pk__in=image_ids).order_by("repository__name", "tag")
    return {
        pk: (Key(repository, tag), digest)
        for pk, repository, tag, digest in rows.values_list(
            "pk", "repository__name", "tag", "digest"
        )
    }
