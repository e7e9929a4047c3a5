"""What one worker knows of the run it is on, and how it writes: always fence first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from django.db import transaction

from inventory import queries, services
from inventory.models import RemovedReason
from inventory.queries import ActiveImage
from inventory.services import Author, Plan
from registries.errors import RegistryError
from sync.enumeration.comparison import Reading, in_parts
from sync.models import State, SyncRun, Trigger
from sync.pushes import push_runs
from sync.runs import lifecycle
from sync.runs.lifecycle import Claim, LeaseLost, Result

logger = logging.getLogger(__name__)


class Attempt(Reading):
    """One attempt at one run: what it reads goes into the inventory at once."""

    def __init__(self, claim: Claim, run: SyncRun) -> None:
        super().__init__(run.registry)
        self.claim = claim
        self.run = run
        self.gone_by_pushes = 0

    def keep_on(self) -> None:
        """Renew the lease, and let the run show how far it is."""
        lifecycle.renew(self.claim, self.progress)

    def take_in(self, plan: Plan) -> None:
        changes = plan.changes
        self.write(
            (lambda author: services.record(plan, author)) if plan else None,
            added=len(changes.added),
            moved=len(changes.moved),
            restored=len(changes.restored),
        )

    def remove(self, image_ids: Sequence[int], reason: RemovedReason) -> None:
        for some in in_parts(image_ids):
            self.write(
                lambda author, some=some: services.remove(some, reason, author),  # type: ignore[misc]
                removed=len(some),
            )

    def hold(self, image_ids: Sequence[int]) -> None:
        for some in in_parts(image_ids):
            self.write(lambda author, some=some: services.hold(some, author))  # type: ignore[misc]

    def retire(self, names: Sequence[str]) -> None:
        self.write(lambda author: services.retire_repositories(names, author))

    def active_count(self) -> int:
        return queries.active_count(self.registry.pk)

    def confirms(self, image: ActiveImage) -> bool:
        """A confirmation covers what was held when the person gave it, and nothing later."""
        run = self.run
        return (
            run.confirms_removals and image.held_at is not None and image.held_at <= run.queued_at
        )

    def note_read(self, names: set[str], failed: Mapping[str, RegistryError]) -> None:
        """Of repositories that are not read window by window; what failed may be read later."""
        for name in names:
            self.failed.pop(name, None)
        self.failed |= failed
        self.read = (self.read | names) - failed.keys()
        self.progress = replace(
            self.progress,
            repositories_read=len(self.read),
            repositories_failed=len(self.failed),
        )

    def write(self, change: Callable[[Author], None] | None, **counted: int) -> None:
        """One short transaction: fence and lease first, then the change. Raise LeaseLost."""
        self.count_traffic()
        with transaction.atomic():
            lifecycle.renew(self.claim, self.progress, **counted)
            if change is not None:
                change(self._author())

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
        self.count_traffic()
        repository_count, image_count = queries.counts(self.registry.pk)
        finish = push_runs.finish if self.run.trigger == Trigger.PUSH else lifecycle.finish
        finish(
            self.claim,
            Result(
                state,
                self.progress,
                held=self.held,
                error=error,
                warnings=self.warnings,
                failed_repositories=self.failed_repositories,
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

    def _author(self) -> Author:
        return Author(
            registry_id=self.registry.pk,
            run_id=self.run.pk,
            actor=self.run.actor,
            at=lifecycle.now(self.registry.pk),
        )
