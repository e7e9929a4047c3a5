"""Compare what a registry lists with the inventory. A writer decides what becomes of it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from inventory import queries, services
from inventory.models import RemovedReason
from inventory.queries import ActiveImage
from inventory.reconcile import Key, Observed
from inventory.services import Plan
from registries.errors import NotFound, RegistryError
from registries.models import Registry
from sync.enumeration.observe import Window
from sync.enumeration.reader import Reader
from sync.models import Phase
from sync.pushes.pending import Target
from sync.runs.lifecycle import Progress

WRITTEN_TOGETHER = 1000
_MOST_FAILURES_KEPT = 100


class Writer(Protocol):
    """Writes differences: a sync into the inventory, a dry run into its report."""

    def record(self, plan: Plan) -> None: ...

    def remove(self, image_ids: Sequence[int], reason: RemovedReason) -> None: ...

    def hold(self, image_ids: Sequence[int]) -> None: ...

    def retire(self, names: Sequence[str]) -> None:
        """Retire those of the repositories that have no active image left."""

    def active_count(self) -> int:
        """Return how many images are active, counting what was written so far."""

    def is_confirmed(self, image: ActiveImage) -> bool:
        """Return whether somebody has confirmed the removal of this held image."""


class Comparison:
    """One read of a registry, compared with the inventory.

    - ``names``: the catalog. ``catalog_complete``: whether a name that it lacks may be checked.
    - ``missing``: ids of active images that a complete listing lacks. ``doubted``: ids of images
      whose repository is listed, yet unknown when asked for its tags. Ids, as there may be a
      million of them.
    - ``read_by_push``: what a webhook named and was read during this sync. It is newer than what
      is still to be compared.
    """

    def __init__(self, registry: Registry, reader: Reader, writer: Writer) -> None:
        self.registry = registry
        self.scope = registry.scope
        self.reader = reader
        self.writer = writer
        self.names: list[str] = []
        self.catalog_complete = False
        self.missing = array("q")
        self.doubted = array("q")
        self.read_by_push: set[Target] = set()
        self.held = 0
        self.read: set[str] = set()
        self.failed: dict[str, RegistryError] = {}
        self.warnings: list[dict[str, str]] = []

    @property
    def progress(self) -> Progress:
        return self.reader.progress

    def enter(self, phase: Phase) -> Progress:
        self.reader.update(phase=phase)
        return self.reader.publish()

    def add_names(self, names: Sequence[str]) -> Progress:
        """Add a part of the catalog. Only the names in scope count as listed."""
        self.names += names
        in_scope = sum(map(self.scope.repositories.allows, names))
        self.reader.update(repositories_listed=self.progress.repositories_listed + in_scope)
        return self.reader.publish()

    def add_window(self, window: Window) -> None:
        """Record what the window changes, and note what its listings lack."""
        observed = {
            key: image for key, image in window.observed.items() if not self.is_read_by_push(key)
        }
        self._count_outcomes(window)
        self.compare(window.repositories, observed)
        self._note_missing(window)

    def compare(self, names: Iterable[str], observed: Mapping[Key, Observed]) -> None:
        """Record what has changed. ``names`` are the repositories that exist."""
        self.writer.record(services.plan(self.registry.pk, names, observed))

    def is_read_by_push(self, key: Key) -> bool:
        named = Target(key.repository, key.tag), Target(key.repository)
        return bool(self.read_by_push) and not self.read_by_push.isdisjoint(named)

    def warn(self, code: str, message: str, hint: str) -> None:
        self.warnings.append({"code": code, "message": message, "hint": hint})

    def raise_if_nothing_was_read(self) -> None:
        """Raise the first repository's error where not one repository could be read."""
        if self.failed and not self.read:
            raise next(iter(self.failed.values()))

    def settle_repositories(self, names: set[str], failed: Mapping[str, RegistryError]) -> None:
        """Count repositories that were read again; an earlier failure of theirs is forgotten."""
        for name in names:
            self.failed.pop(name, None)
        self.failed |= failed
        self.read = (self.read | names) - failed.keys()
        self._count_repositories()

    @property
    def failed_repositories(self) -> list[dict[str, str]]:
        """The first failed repositories, as a run stores them."""
        return [
            {"repository": name, "code": failure.code, "message": str(failure)}
            for name, failure in sorted(self.failed.items())[:_MOST_FAILURES_KEPT]
        ]

    def _count_outcomes(self, window: Window) -> None:
        """Count what was read and what failed.

        A listed repository that answers "not found" is empty, unless the inventory has images of
        it: CNCF Distribution lists repositories that have manifests but no tags.
        """
        self.read |= window.listed.keys()
        unknown = [name for name, error in window.failed.items() if isinstance(error, NotFound)]
        known = queries.active_in(self.registry.pk, unknown) if unknown else []
        self.doubted.extend(image.image_id for image in known)
        empty = set(unknown) - {image.key.repository for image in known}
        self.read |= empty
        for name in window.failed.keys() - empty:
            self.failed[name] = window.failed[name]
            self.read.discard(name)
        self._count_repositories()
        self.reader.update(tags_seen=self.progress.tags_seen + window.tags_seen)

    def _count_repositories(self) -> None:
        self.reader.update(repositories_read=len(self.read), repositories_failed=len(self.failed))

    def _note_missing(self, window: Window) -> None:
        """Note what complete listings lack; remove what the filters exclude."""
        filtered = array("q")
        names = [name for name in window.listed if Target(name) not in self.read_by_push]
        for image in queries.active_in(self.registry.pk, names):
            if not self.scope.tags.allows(image.key.tag):
                filtered.append(image.image_id)
            elif image.key.tag not in window.listed[image.key.repository]:
                self.missing.append(image.image_id)
        self.writer.remove(filtered, RemovedReason.FILTERED)


def in_batches(image_ids: Sequence[int]) -> Iterator[list[int]]:
    """Yield as many ids at a time as one short transaction may write."""
    for start in range(0, len(image_ids), WRITTEN_TOGETHER):
        yield list(image_ids[start : start + WRITTEN_TOGETHER])
