"""What one worker knows of the run it is on, and how it writes: always fence first."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from inventory import services
from inventory.models import RemovedReason
from inventory.services import Author, Candidate
from registries.errors import NotFound, RegistryError
from registries.providers.base import RegistryClient
from sync import lifecycle
from sync.lifecycle import Claim, LeaseLost, Progress, Result
from sync.models import Phase, State, SyncRun
from sync.observe import Window
from sync.read_ahead import read_ahead

T = TypeVar("T")

_FAILED_SHOWN = 100


class Attempt:
    """One attempt at one run; lives in one process and dies with it.

    ``names`` is the catalog; ``catalog_complete`` whether all of it, and so whether a name that
    is missing from it may be asked for. ``unseen`` and ``filtered`` are active images that a
    complete listing did not show, or that the filters no longer allow.
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
        self.unseen: list[Candidate] = []
        self.filtered: list[Candidate] = []
        self.held = 0
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

        Every exchange has a deadline, so as long as it lasts this process is at work.
        """
        for item in read_ahead(source, tick=settings.SYNC_LEASE_SECONDS / 9):
            if item is None:
                self.show()
            yield item

    def record(self, window: Window) -> None:
        """Write what the window changes, and keep in mind what it did not show."""
        plan = services.plan(self.registry.pk, window.repositories, window.observed)
        self._note_failures(window)
        self.progress = replace(
            self.progress,
            repositories_read=self.progress.repositories_read
            + len(window.listed.keys() - self.failed.keys()),
            repositories_failed=len(self.failed),
            tags_seen=self.progress.tags_seen + len(window.observed),
        )
        changes = plan.changes
        self.write(
            (lambda author: services.record(plan, author)) if plan else None,
            added=len(changes.added),
            moved=len(changes.moved),
            restored=len(changes.restored),
        )
        for candidate in services.active_in(self.registry.pk, list(window.listed)):
            if not self.scope.tags.allows(candidate.key.tag):
                self.filtered.append(candidate)
            elif candidate.key.tag not in window.listed[candidate.key.repository]:
                self.unseen.append(candidate)

    def remove(self, candidates: Sequence[Candidate], reason: RemovedReason) -> None:
        for start in range(0, len(candidates), 1000):
            some = candidates[start : start + 1000]
            self.write(lambda author: services.remove(some, reason, author), removed=len(some))  # noqa: B023

    def write(self, change: Callable[[Author], None] | None, **counted: int) -> None:
        """One short transaction: fence and lease first, then the change. Raise LeaseLost."""
        with transaction.atomic():
            lifecycle.renew(self.claim, self.progress, **counted)
            if change is not None:
                change(self._author())

    def warn(self, code: str, message: str, hint: str) -> None:
        self.warnings.append({"code": code, "message": message, "hint": hint})

    def raise_if_nothing_was_read(self) -> None:
        """Where not one repository could be read, the run has failed as its first one did."""
        if self.failed and not self.progress.repositories_read:
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

    def _note_failures(self, window: Window) -> None:
        """A listed repository without a tag list is empty, unless we hold images of it.

        Distribution lists repositories that hold manifests but no tags, and answers 404 for
        their tags. Where we do know tags, the same answer is a doubt, and they stay.
        """
        for name, error in window.failed.items():
            if isinstance(error, NotFound) and not any(
                services.active_in(self.registry.pk, [name])
            ):
                self.progress = replace(
                    self.progress, repositories_read=self.progress.repositories_read + 1
                )
                continue
            self.failed[name] = error
