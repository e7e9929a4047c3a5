"""Read again what webhooks named, in a push run or beside a running sync.

A push is a hint (docs/decisions/0022): no catalog is read, nothing but what was named, and only
the registry's own answer counts.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from django.conf import settings

from inventory import queries
from inventory.queries import ActiveImage
from inventory.reconcile import Key
from inventory.services import Author
from registries.connection import connection_to
from registries.errors import CatalogForbidden, RegistryError
from registries.providers.shared.base import RegistryClient
from registries.services import learn_repositories
from sync.enumeration import absence
from sync.enumeration.attempt import Attempt
from sync.enumeration.observe_pushed import Answers, observe_pushed
from sync.models import PendingPush, Phase
from sync.pushes import pending
from sync.pushes.deadlocks import outlasting_deadlocks
from sync.pushes.pending import Target
from sync.runs import lifecycle, outcomes
from sync.runs.lifecycle import Progress

# A push run goes on this long before it checks whether another registry's pushes need its worker.
_EXCLUSIVE_SECONDS = 30.0
_WAIT_STEP_SECONDS = 0.2


def read_pushed(client: RegistryClient, attempt: Attempt) -> Generator[Progress]:
    """Carry out a push run: until nothing is due, or will be within the window."""
    comparison = attempt.comparison
    yield comparison.enter(Phase.TAGS)
    started = published = time.monotonic()
    while True:
        if due := pending.due(attempt.registry.pk):
            batch = Batch(attempt, due)
            batch.read(client)
            comparison.settle_repositories({row.repository for row in due}, batch.failed)
        elif not _is_due_soon(attempt):
            break
        else:
            time.sleep(_WAIT_STEP_SECONDS)
        if time.monotonic() - published > settings.SYNC_LEASE_SECONDS / 9:
            attempt.reader.publish()
            published = time.monotonic()
        yield attempt.reader.progress
        if time.monotonic() - started > _EXCLUSIVE_SECONDS and lifecycle.is_push_run_waiting():
            break
    attempt.succeed()
    yield attempt.reader.progress


@contextmanager
def reading_pushed(attempt: Attempt) -> Iterator[None]:
    """Read what webhooks name as the side task of a running sync.

    That takes a client of its own: the sync's is in use by its thread.
    """
    with ExitStack() as stack:
        clients: list[RegistryClient] = []

        def read_due() -> None:
            while due := pending.due(attempt.registry.pk):
                try:
                    if not clients:
                        clients.append(_connect(attempt, stack))
                    Batch(attempt, due).read(clients[0])
                except RegistryError as error:
                    _postpone(attempt, due, error)
                    return

        attempt.reader.side_task = read_due
        try:
            yield
        finally:
            attempt.reader.side_task = None


def _connect(attempt: Attempt, stack: ExitStack) -> RegistryClient:
    client, limits = stack.enter_context(connection_to(attempt.registry))
    attempt.reader.add(client, limits)
    return client


def _postpone(attempt: Attempt, due: Collection[PendingPush], error: RegistryError) -> None:
    def change(author: Author) -> None:
        pending.postpone(author.registry_id, due, error)

    outlasting_deadlocks(partial(attempt.write, change))


def _is_due_soon(attempt: Attempt) -> bool:
    """Return whether to wait here: another run for the same repository would start at once."""
    wait = pending.due_in(attempt.registry.pk)
    return (
        wait is not None
        and wait <= pending.window().total_seconds()
        and not lifecycle.is_push_run_waiting()
    )


class Batch:
    """The pending pushes that are due at one moment."""

    def __init__(self, attempt: Attempt, due: list[PendingPush]) -> None:
        self._attempt = attempt
        self._comparison = attempt.comparison
        self._due = due
        scope = attempt.comparison.scope
        wanted = {
            Target(row.repository, row.tag)
            for row in due
            if scope.repositories.allows(row.repository)
            and (not row.tag or scope.tags.allows(row.tag))
        }
        self._repositories = {target.repository for target in wanted if not target.tag}
        self._tags = [
            Key(target.repository, target.tag)
            for target in sorted(wanted)
            if target.tag and target.repository not in self._repositories
        ]
        self.failed: dict[str, RegistryError] = {}
        self._unknown: set[str] = set()
        self._found: set[str] = set()
        self._absent: list[Key] = []
        self._doubtful: set[Key] = set()

    def read(self, client: RegistryClient) -> None:
        """Raise LeaseLost, or RegistryError where the registry itself cannot be read."""
        comparison = self._comparison
        source = observe_pushed(client, comparison.scope.tags, self._tags, self._recorded())
        for answers in comparison.reader.read(source):
            if answers is not None:
                self._add(answers)
        self._settle_absent()
        self._settle_pushes()

    def _recorded(self) -> dict[str, set[str]]:
        """Return the inventory's tags of the repositories that are read as a whole."""
        recorded: dict[str, set[str]] = {name: set() for name in sorted(self._repositories)}
        for image in queries.active_in(self._attempt.registry.pk, recorded):
            if self._comparison.scope.tags.allows(image.key.tag):
                recorded[image.key.repository].add(image.key.tag)
        return recorded

    def _add(self, answers: Answers) -> None:
        self.failed |= answers.failed
        self._unknown |= answers.unknown
        self._absent += answers.absent
        self._doubtful |= answers.doubtful
        self._found |= answers.repositories
        reader = self._attempt.reader
        reader.update(tags_seen=reader.progress.tags_seen + answers.tags_seen)
        self._comparison.compare(answers.repositories, answers.observed)

    def _settle_absent(self) -> None:
        attempt, comparison = self._attempt, self._comparison
        missing = absence.MissingImages()
        for image in self._active(self._absent):
            doubted = image.key in self._doubtful
            missing.add(image, doubted=doubted, comparison=comparison)
        if missing:
            removed_before = attempt.removed_by_push
            attempt.removed_by_push += len(missing.to_remove)
            absence.decide(missing, comparison, removed_before=removed_before)
        if self._unknown:
            attempt.retire(sorted(self._unknown))

    def _active(self, keys: Collection[Key]) -> list[ActiveImage]:
        wanted = set(keys)
        names = {key.repository for key in wanted}
        images = queries.active_in(self._attempt.registry.pk, names) if names else []
        return [image for image in images if image.key in wanted]

    def _settle_pushes(self) -> None:
        """Mark the pushes as read; retry those of failed repositories later."""
        attempt = self._attempt
        unread = [row for row in self._due if row.repository in self.failed]
        settled = [row for row in self._due if row.repository not in self.failed]
        self._comparison.read_by_push |= {Target(row.repository, row.tag) for row in settled}

        def change(author: Author) -> None:
            pending.lock(self._due)
            if settled:
                pending.settle(author.registry_id, settled, author.run_id)
            for name, error in self.failed.items():
                rows = [row for row in unread if row.repository == name]
                pending.postpone(author.registry_id, rows, error)
            self._learn(author)

        outlasting_deadlocks(partial(attempt.write, change))

    def _learn(self, author: Author) -> None:
        """Add what pushes name to the known repositories, if the catalog is forbidden."""
        found = sorted(self._found - self.failed.keys())
        if found and catalog_is_forbidden(author.registry_id):
            learn_repositories(author.registry_id, found)


def catalog_is_forbidden(registry_id: int) -> bool:
    """Return whether the last sync was refused the catalog."""
    last = outcomes.last_sync(registry_id)
    if last is None:
        return False
    codes = {last.error_code, *(warning["code"] for warning in last.warnings)}
    return CatalogForbidden.code in codes
