"""What one worker knows of the run it is on, and how it writes: always fence first."""

from __future__ import annotations

import logging
import time
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from inventory import services
from inventory.models import RemovedReason
from inventory.services import Author
from registries.errors import InternalError, NotFound, RegistryError
from registries.providers.base import RegistryClient
from sync import lifecycle
from sync.lifecycle import Claim, LeaseLost, Progress, Result
from sync.models import Phase, State, SyncRun
from sync.observe import Window
from sync.read_ahead import read_ahead

logger = logging.getLogger(__name__)

T = TypeVar("T")

WRITTEN_TOGETHER = 1000
_FAILED_SHOWN = 100
# Longer than any one request may take, with all its waiting: then the reading has got stuck.
_STUCK_AFTER_SECONDS = 1800.0


class Attempt:
    """One attempt at one run; lives in one process and dies with it.

    ``names`` is the catalog; ``catalog_complete`` whether all of it, and so whether a name that
    is missing from it may be asked for. ``unseen`` are ids of active images that a complete
    listing did not show; ``doubted`` those of a repository that is listed, but says that it is
    not there. Ids, as there may be a million of them.
    """

    def __init__(self, claim: Claim, run: SyncRun) -> None:
        self.claim = claim
        self.run = run
        self.client: RegistryClient | None = None
        self.registry = run.registry
        self.scope = run.registry.scope
        self.progress = Progress()
        self.names: list[str] = []
        self.catalog_complete = False
        self.unseen = array("q")
        self.doubted = array("q")
        self.held = 0
        self.read: set[str] = set()
        self.failed: dict[str, RegistryError] = {}
        self.warnings: list[dict[str, str]] = []

    def enter(self, phase: Phase) -> Progress:
        self.progress = replace(self.progress, phase=phase)
        return self.show()

    def show(self) -> Progress:
        """Renew the lease, and let the run show how far it is."""
        self._count_traffic()
        lifecycle.renew(self.claim, self.progress)
        return self.progress

    def list_more(self, names: Sequence[str]) -> Progress:
        """Take in a part of the catalog."""
        self.names += names
        self.progress = replace(self.progress, repositories_listed=len(self.names))
        return self.show()

    def attend(self, source: Iterable[T]) -> Generator[T | None]:
        """Let ``source`` call the registry in its thread, and keep the lease while it does.

        None where nothing came for a while. A reader that neither brings anything nor sends a
        request for half an hour is stuck: it must not keep the lease.
        """
        moved, requests = time.monotonic(), -1
        for item in read_ahead(source, tick=settings.SYNC_LEASE_SECONDS / 9):
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
        """Write what the window changes, and keep in mind what it did not show."""
        plan = services.plan(self.registry.pk, window.repositories, window.observed)
        self._note_outcomes(window)
        changes = plan.changes
        self.write(
            (lambda author: services.record(plan, author)) if plan else None,
            added=len(changes.added),
            moved=len(changes.moved),
            restored=len(changes.restored),
        )
        self._note_absent(window)

    def remove(self, image_ids: Sequence[int], reason: RemovedReason) -> None:
        for some in in_parts(image_ids):
            self.write(
                lambda author, some=some: services.remove(some, reason, author),  # type: ignore[misc]
                removed=len(some),
            )

    def write(self, change: Callable[[Author], None] | None, **counted: int) -> None:
        """One short transaction: fence and lease first, then the change. Raise LeaseLost."""
        self._count_traffic()
        with transaction.atomic():
            lifecycle.renew(self.claim, self.progress, **counted)
            if change is not None:
                change(self._author())

    def warn(self, code: str, message: str, hint: str) -> None:
        self.warnings.append({"code": code, "message": message, "hint": hint})

    def raise_if_nothing_was_read(self) -> None:
        """Where not one repository could be read, the run has failed as its first one did."""
        if self.failed and not self.read:
            raise next(iter(self.failed.values()))

    def succeed(self) -> None:
        partial = self.failed or self.held
        self._finish(State.PARTIAL if partial else State.SUCCEEDED)

    def fail(self, error: RegistryError) -> None:
        with suppress(LeaseLost):
            self._finish(State.FAILED, error)

    def release(self) -> None:
        with suppress(LeaseLost):
            lifecycle.release(self.claim)

    def _finish(self, state: State, error: RegistryError | None = None) -> None:
        self._count_traffic()
        repository_count, image_count = services.counts(self.registry.pk)
        lifecycle.finish(
            self.claim,
            Result(
                state,
                self.progress,
                held=self.held,
                error=error,
                warnings=self.warnings,
                failed_repositories=[
                    {"repository": name, "code": failure.code, "message": str(failure)}
                    for name, failure in sorted(self.failed.items())[:_FAILED_SHOWN]
                ],
                repository_count=repository_count,
                image_count=image_count,
            ),
        )
        code = error.code if error else None
        logger.info(
            "Run %s of registry %s: %s%s",
            *(self.run.pk, self.registry.pk, state, f", {code}" if code else ""),
            extra={"state": str(state), "error_code": code},
        )

    def _count_traffic(self) -> None:
        if self.client is not None:
            traffic = self.client.traffic
            self.progress = replace(
                self.progress, requests_sent=traffic.requests, bytes_read=traffic.bytes_read
            )

    def _author(self) -> Author:
        return Author(
            registry_id=self.registry.pk,
            run_id=self.run.pk,
            actor=self.run.actor,
            at=lifecycle.now(self.registry.pk),
        )

    def _note_outcomes(self, window: Window) -> None:
        """Count what was read and what failed.

        A listed repository that answers "not found" is empty, unless we hold images of it:
        Distribution lists repositories that have manifests but no tags.
        """
        self.read |= window.listed.keys()
        unfound = [name for name, error in window.failed.items() if isinstance(error, NotFound)]
        ours = services.active_in(self.registry.pk, unfound) if unfound else []
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
        for image in services.active_in(self.registry.pk, window.listed):
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
