"""Reading again what pushes named: by a run of its own, or aside by the sync that is on.

No catalog, and nothing but what was named. The registry alone says what is there, and what is
not: a push is a hint.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
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
from sync.enumeration.push_read import Answers, read
from sync.models import PendingPush, Phase
from sync.pushes import pending
from sync.pushes.deadlocks import outlasting_deadlocks
from sync.pushes.pending import Target
from sync.runs import lifecycle, outcomes
from sync.runs.lifecycle import Progress

# So long a run goes on without a look whether another registry's pushes wait for a worker.
_UNSHARED_SECONDS = 30.0
_LINGER_STEP_SECONDS = 0.2


def steps(client: RegistryClient, attempt: Attempt) -> Generator[Progress]:
    """Until nothing is due; and a little longer where something soon is."""
    yield attempt.enter(Phase.TAGS)
    began = shown = time.monotonic()
    while True:
        if due := pending.due(attempt.registry.pk):
            batch = Batch(attempt, due)
            batch.read(client)
            attempt.note_read({row.repository for row in due}, batch.failed)
        elif not _is_due_soon(attempt):
            break
        else:
            time.sleep(_LINGER_STEP_SECONDS)
        if time.monotonic() - shown > settings.SYNC_LEASE_SECONDS / 9:
            attempt.show()
            shown = time.monotonic()
        yield attempt.progress
        if time.monotonic() - began > _UNSHARED_SECONDS and lifecycle.pushes_of_others_wait():
            break
    attempt.succeed()
    yield attempt.progress


@contextmanager
def aside(attempt: Attempt) -> Iterator[None]:
    """While a sync is on, it reads what pushes name; over a connection of its own, as the
    sync's is in use by its thread."""
    with ExitStack() as stack:
        connection: list[RegistryClient] = []

        def look() -> None:
            while due := pending.due(attempt.registry.pk):
                try:
                    if not connection:
                        connection.append(_connect(attempt, stack))
                    Batch(attempt, due).read(connection[0])
                except RegistryError as error:
                    _postpone(attempt, due, error)
                else:
                    continue
                return

        attempt.aside = look
        try:
            yield
        finally:
            attempt.aside = None


def _connect(attempt: Attempt, stack: ExitStack) -> RegistryClient:
    client, limits = stack.enter_context(connection_to(attempt.registry))
    attempt.clients.append(client)
    attempt.limits.append(limits)
    return client


def _postpone(attempt: Attempt, due: Collection[PendingPush], error: RegistryError) -> None:
    def change(author: Author) -> None:
        pending.postpone(author.registry_id, due, error)

    outlasting_deadlocks(partial(attempt.write, change))


def _is_due_soon(attempt: Attempt) -> bool:
    """Whether to wait for it here: another run for the same repository would begin at once."""
    wait = pending.due_in(attempt.registry.pk)
    return (
        wait is not None
        and wait <= pending.window().total_seconds()
        and not lifecycle.pushes_of_others_wait()
    )


class Batch:
    """What is due at one moment."""

    def __init__(self, attempt: Attempt, due: list[PendingPush]) -> None:
        self._attempt = attempt
        self._due = due
        scope = attempt.scope
        wanted = {
            Target(row.repository, row.tag)
            for row in due
            if scope.repositories.allows(row.repository)
            and (not row.tag or scope.tags.allows(row.tag))
        }
        self._whole = {target.repository for target in wanted if not target.tag}
        self._tags = [
            Key(target.repository, target.tag)
            for target in sorted(wanted)
            if target.tag and target.repository not in self._whole
        ]
        self.failed: dict[str, RegistryError] = {}
        self._unknown: set[str] = set()
        self._found: set[str] = set()
        self._absent: list[Key] = []
        self._doubtful: set[Key] = set()

    def read(self, client: RegistryClient) -> None:
        """Raise RegistryError where the registry itself cannot be read, LeaseLost."""
        attempt = self._attempt
        held = self._held()
        source = read(client, attempt.scope.tags, self._tags, held)
        for answers in attempt.attend(source):
            if answers is not None:
                self._take(answers)
        self._remove_absent()
        self._settle()

    def _held(self) -> dict[str, set[str]]:
        held: dict[str, set[str]] = {name: set() for name in sorted(self._whole)}
        for image in queries.active_in(self._attempt.registry.pk, held):
            if self._attempt.scope.tags.allows(image.key.tag):
                held[image.key.repository].add(image.key.tag)
        return held

    def _take(self, answers: Answers) -> None:
        attempt = self._attempt
        self.failed |= answers.failed
        self._unknown |= answers.unknown
        self._absent += answers.absent
        self._doubtful |= answers.doubtful
        self._found |= answers.repositories
        attempt.progress = replace(
            attempt.progress, tags_seen=attempt.progress.tags_seen + answers.tags_seen
        )
        attempt.hold_against(answers.repositories, answers.observed)

    def _remove_absent(self) -> None:
        attempt = self._attempt
        gone = absence.Gone()
        for image in self._active(self._absent):
            gone.sort_in(image, doubted=image.key in self._doubtful, reading=attempt)
        if gone:
            before = attempt.gone_by_pushes
            attempt.gone_by_pushes += len(gone.fresh)
            absence.decide(gone, attempt, before=before)
        if self._unknown:
            attempt.retire(sorted(self._unknown))

    def _active(self, keys: Collection[Key]) -> list[ActiveImage]:
        wanted = set(keys)
        names = {key.repository for key in wanted}
        images = queries.active_in(self._attempt.registry.pk, names) if names else []
        return [image for image in images if image.key in wanted]

    def _settle(self) -> None:
        attempt = self._attempt
        unread = [row for row in self._due if row.repository in self.failed]
        settled = [row for row in self._due if row.repository not in self.failed]
        attempt.told |= {Target(row.repository, row.tag) for row in settled}

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
        """Where nobody may list the catalog, what pushes name is known from then on."""
        found = sorted(self._found - self.failed.keys())
        if found and catalog_is_refused(author.registry_id):
            learn_repositories(author.registry_id, found)


def catalog_is_refused(registry_id: int) -> bool:
    """By what the last sync found."""
    last = outcomes.last_sync(registry_id)
    if last is None:
        return False
    codes = {last.error_code, *(warning["code"] for warning in last.warnings)}
    return CatalogForbidden.code in codes
