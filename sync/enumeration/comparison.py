"""One reading of a registry, held against the inventory: what follows from what was read.

What becomes of it is the subclass's: ``Attempt`` writes it, ``Rehearsal`` keeps a diff. The
rules are here and in ``absence``, once for both.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from django.conf import settings

from inventory import queries, services
from inventory.models import RemovedReason
from inventory.queries import ActiveImage
from inventory.reconcile import Key, Observed
from inventory.services import Plan
from registries.errors import InternalError, NotFound, RegistryError
from registries.models import Registry
from registries.providers.shared.base import RegistryClient
from registries.rate_limits.exchange import EXCHANGED_EVERY_SECONDS, SharedLimits
from sync.enumeration.observe import Window
from sync.enumeration.read_ahead import read_ahead
from sync.models import Phase
from sync.pushes.pending import Target
from sync.runs.lifecycle import Progress

T = TypeVar("T")

WRITTEN_TOGETHER = 1000
_FAILED_SHOWN = 100
_LOOK_ASIDE_SECONDS = 1.0
# Longer than any one request may take, with all its waiting: then the reading has got stuck.
_STUCK_AFTER_SECONDS = 1800.0


class Reading(ABC):
    """Lives in one process and dies with it.

    ``names`` is the catalog; ``catalog_complete`` whether all of it, and so whether a name that
    is missing from it may be asked for. ``unseen`` are ids of active images that a complete
    listing did not show; ``doubted`` those of a repository that is listed, but says that it is
    not there. Ids, as there may be a million of them.

    ``aside`` is called about each second while the registry is read; ``told`` is what it has
    read because of pushes, newer than whatever is still to be held against the inventory.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.scope = registry.scope
        self.clients: list[RegistryClient] = []
        self.limits: list[SharedLimits] = []
        self.aside: Callable[[], None] | None = None
        self._looked_aside = 0.0
        self.told: set[Target] = set()
        self.progress = Progress()
        self.names: list[str] = []
        self.catalog_complete = False
        self.unseen = array("q")
        self.doubted = array("q")
        self.held = 0
        self.read: set[str] = set()
        self.failed: dict[str, RegistryError] = {}
        self.warnings: list[dict[str, str]] = []

    @abstractmethod
    def keep_on(self) -> None:
        """Show how far it is. Raise where this worker is to stop."""

    @abstractmethod
    def take_in(self, plan: Plan) -> None: ...

    @abstractmethod
    def remove(self, image_ids: Sequence[int], reason: RemovedReason) -> None: ...

    @abstractmethod
    def hold(self, image_ids: Sequence[int]) -> None: ...

    @abstractmethod
    def retire(self, names: Sequence[str]) -> None:
        """Those of the repositories that hold no active image any more."""

    @abstractmethod
    def active_count(self) -> int:
        """How many tags are active, as it goes on."""

    def confirms(self, image: ActiveImage) -> bool:
        """Whether a person has confirmed that the held image is to go."""
        return False

    def enter(self, phase: Phase) -> Progress:
        self.progress = replace(self.progress, phase=phase)
        return self.show()

    def show(self) -> Progress:
        self.count_traffic()
        self.keep_on()
        return self.progress

    def list_more(self, names: Sequence[str]) -> Progress:
        """Take in a part of the catalog. Told as listed is what is to be read of it."""
        self.names += names
        listed = self.progress.repositories_listed + sum(map(self.scope.repositories.allows, names))
        self.progress = replace(self.progress, repositories_listed=listed)
        return self.show()

    def attend(self, source: Iterable[T]) -> Generator[T | None]:
        """Let ``source`` call the registry in its thread, and keep on while it does.

        None where nothing came for a while. A reader that neither brings anything nor sends a
        request for half an hour is stuck: it must not keep the lease.
        """
        moved, requests = time.monotonic(), -1
        for item in self._in_time(source):
            if item is None:
                self.show()
                if self.progress.requests_sent == requests:
                    _raise_if_stuck(since=moved)
                else:
                    moved, requests = time.monotonic(), self.progress.requests_sent
            yield item
            if item is not None:
                moved = time.monotonic()

    def record(self, window: Window) -> None:
        """Take in what the window changes, and keep in mind what it did not show.

        What has been read again meanwhile, because of a push, is newer than the window.
        """
        observed = {key: now for key, now in window.observed.items() if not self.was_told(key)}
        self._note_outcomes(window)
        self.hold_against(window.repositories, observed)
        self._note_absent(window)

    def hold_against(self, names: Iterable[str], observed: Mapping[Key, Observed]) -> None:
        """Take in what has changed; ``names`` are the repositories that are there."""
        self.take_in(services.plan(self.registry.pk, names, observed))

    def was_told(self, key: Key) -> bool:
        """Whether it has been read because of a push, since this reading began."""
        named = Target(key.repository, key.tag), Target(key.repository)
        return bool(self.told) and not self.told.isdisjoint(named)

    def warn(self, code: str, message: str, hint: str) -> None:
        self.warnings.append({"code": code, "message": message, "hint": hint})

    def raise_if_nothing_was_read(self) -> None:
        """Where not one repository could be read, the run has failed as its first one did."""
        if self.failed and not self.read:
            raise next(iter(self.failed.values()))

    @property
    def failed_repositories(self) -> list[dict[str, str]]:
        """As a run tells them, the first of them."""
        return [
            {"repository": name, "code": failure.code, "message": str(failure)}
            for name, failure in sorted(self.failed.items())[:_FAILED_SHOWN]
        ]

    def look_aside(self) -> None:
        """What is done there may wait for the registry in its turn, but does not look aside."""
        aside = self.aside
        if aside is None:
            return
        self.aside = None
        try:
            aside()
        finally:
            self.aside, self._looked_aside = aside, time.monotonic()

    def count_traffic(self) -> None:
        if self.clients:
            traffic = [client.traffic for client in self.clients]
            self.progress = replace(
                self.progress,
                requests_sent=sum(one.requests for one in traffic),
                bytes_read=sum(one.bytes_read for one in traffic),
            )

    def _in_time(self, source: Iterable[T]) -> Iterator[T | None]:
        """None where nothing came for a part of the lease. More often limits are exchanged, and
        there is a look aside."""
        patience = settings.SYNC_LEASE_SECONDS / 9
        since = time.monotonic()
        for item in read_ahead(source, tick=min(patience, EXCHANGED_EVERY_SECONDS)):
            for limits in self.limits:
                limits.exchange_if_due()
            if time.monotonic() - self._looked_aside >= _LOOK_ASIDE_SECONDS:
                self.look_aside()
            if item is not None or time.monotonic() - since >= patience:
                yield item
                since = time.monotonic()

    def _note_outcomes(self, window: Window) -> None:
        """Count what was read and what failed.

        A listed repository that answers "not found" is empty, unless we hold images of it:
        Distribution lists repositories that have manifests but no tags.
        """
        self.read |= window.listed.keys()
        unfound = [name for name, error in window.failed.items() if isinstance(error, NotFound)]
        ours = queries.active_in(self.registry.pk, unfound) if unfound else []
        self.doubted.extend(image.image_id for image in ours)
        empty = set(unfound) - {image.key.repository for image in ours}
        self.read |= empty
        for name in window.failed.keys() - empty:
            self.failed[name] = window.failed[name]
            self.read.discard(name)
        self.progress = replace(
            self.progress,
            repositories_read=len(self.read),
            repositories_failed=len(self.failed),
            tags_seen=self.progress.tags_seen + window.tags_seen,
        )

    def _note_absent(self, window: Window) -> None:
        """Of the repositories whose listing is complete: what the filters exclude leaves now,
        and what was not shown is to be asked for."""
        filtered = array("q")
        names = [name for name in window.listed if Target(name) not in self.told]
        for image in queries.active_in(self.registry.pk, names):
            if not self.scope.tags.allows(image.key.tag):
                filtered.append(image.image_id)
            elif image.key.tag not in window.listed[image.key.repository]:
                self.unseen.append(image.image_id)
        self.remove(filtered, RemovedReason.FILTERED)


def in_parts(image_ids: Sequence[int]) -> Iterator[list[int]]:
    """As many at a time as one short transaction may write."""
    for start in range(0, len(image_ids), WRITTEN_TOGETHER):
        yield list(image_ids[start : start + WRITTEN_TOGETHER])


def _raise_if_stuck(*, since: float) -> None:
    if time.monotonic() - since > _STUCK_AFTER_SECONDS:
        raise InternalError("Internal error: the reading of the registry got stuck")
