"""One worker's attempt at a run: it reads the registry and writes the inventory under a lease."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.db import transaction

from inventory import queries, services
from inventory.models import RemovedReason
from inventory.queries import ActiveImage
from inventory.services import Author, Plan
from registries.errors import RegistryError
from registries.models import Registry
from sync.enumeration.comparison import Comparison, in_batches
from sync.enumeration.reader import Reader
from sync.models import State, SyncRun, Trigger
from sync.pushes import push_runs
from sync.runs import lifecycle
from sync.runs.lifecycle import Claim, LeaseLost, Progress, Result

logger = logging.getLogger(__name__)


class Attempt:
    """Writes what its comparison finds into the inventory, and ends the run.

    Every transaction checks the fence and renews the lease before it writes
    (docs/decisions/0002).
    """

    def __init__(self, claim: Claim, run: SyncRun) -> None:
        self.claim = claim
        self.run = run
        self.reader = Reader(self._keep_alive)
        self.comparison = Comparison(run.registry, self.reader, self)
        self.removed_by_push = 0

    @property
    def registry(self) -> Registry:
        return self.run.registry

    def record(self, plan: Plan) -> None:
        changes = plan.changes
        self.write(
            (lambda author: services.record(plan, author)) if plan else None,
            added=len(changes.added),
            moved=len(changes.moved),
            restored=len(changes.restored),
        )

    def remove(self, image_ids: Sequence[int], reason: RemovedReason) -> None:
        for batch in in_batches(image_ids):
            self.write(
                lambda author, batch=batch: services.remove(batch, reason, author),  # type: ignore[misc]
                removed=len(batch),
            )

    def hold(self, image_ids: Sequence[int]) -> None:
        for batch in in_batches(image_ids):
            self.write(lambda author, batch=batch: services.hold(batch, author))  # type: ignore[misc]

    def retire(self, names: Sequence[str]) -> None:
        self.write(lambda author: services.retire_repositories(names, author))

    def active_count(self) -> int:
        return queries.active_count(self.registry.pk)

    def is_confirmed(self, image: ActiveImage) -> bool:
        """A confirmation covers what was held when it was given, and nothing later."""
        run = self.run
        return (
            run.confirms_removals and image.held_at is not None and image.held_at <= run.queued_at
        )

    def write(self, change: Callable[[Author], None] | None, **counted: int) -> None:
        """Renew the lease and make the change in one short transaction. Raise LeaseLost."""
        self.reader.count_traffic()
        with transaction.atomic():
            lifecycle.renew(self.claim, self.reader.progress, **counted)
            if change is not None:
                change(self._author())

    def succeed(self) -> None:
        partial = self.comparison.failed or self.comparison.held
        self._finish(State.PARTIAL if partial else State.SUCCEEDED)

    def fail(self, error: RegistryError) -> None:
        with suppress(LeaseLost):
            self._finish(State.FAILED, error)

    def release(self) -> None:
        with suppress(LeaseLost):
            lifecycle.release(self.claim)

    def _keep_alive(self, progress: Progress) -> None:
        lifecycle.renew(self.claim, progress)

    def _finish(self, state: State, error: RegistryError | None = None) -> None:
        self.reader.count_traffic()
        repository_count, image_count = queries.counts(self.registry.pk)
        finish = push_runs.finish if self.run.trigger == Trigger.PUSH else lifecycle.finish
        finish(
            self.claim,
            Result(
                state,
                self.reader.progress,
                held=self.comparison.held,
                error=error,
                warnings=self.comparison.warnings,
                failed_repositories=self.comparison.failed_repositories,
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
