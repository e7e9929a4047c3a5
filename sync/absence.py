"""Absence is a question (decision 8). What was expected and not seen is asked for by name.

Only the registry's own "not found" takes an image out of the inventory. Where too much would
go at once, nothing goes: the images are held, and a person confirms.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from inventory import services
from inventory.models import RemovedReason
from inventory.reconcile import Key, Observed, too_many_at_once
from inventory.services import Candidate
from registries.oci.reference import Reference
from registries.providers.base import RegistryClient, Resolution
from sync.attempt import Attempt
from sync.lifecycle import Progress
from sync.observe import WINDOW_TAGS, Window

_NAMES_TOGETHER = 200


def settle(client: RegistryClient, attempt: Attempt) -> Generator[Progress]:
    """Remove what is gone and what the filters exclude; keep, or hold, all the rest."""
    unlisted = _collect_unlisted(attempt) if attempt.catalog_complete else []
    excluded = _collect_excluded(attempt)
    gone: list[Candidate] = []
    asked = {candidate.key: candidate for candidate in attempt.unseen}
    for answers in attempt.attend(_ask(client, asked)):
        if answers is not None:
            gone += _take(answers, asked, attempt)
        yield attempt.show()
    _decide(gone, attempt)
    attempt.remove(attempt.filtered, RemovedReason.FILTERED)
    for names in _together(unlisted + excluded):
        attempt.write(lambda author: services.retire_repositories(names, author))  # noqa: B023
    yield attempt.progress


def _collect_unlisted(attempt: Attempt) -> list[str]:
    """Repositories we hold, that belong to the scope, and that a complete catalog lacks."""
    listed = set(attempt.names)
    unlisted = [
        name
        for name in services.active_repositories(attempt.registry.pk)
        if name not in listed and attempt.scope.repositories.allows(name)
    ]
    for names in _together(unlisted):
        for candidate in services.active_in(attempt.registry.pk, names):
            allowed = attempt.scope.tags.allows(candidate.key.tag)
            (attempt.unseen if allowed else attempt.filtered).append(candidate)
    return unlisted


def _collect_excluded(attempt: Attempt) -> list[str]:
    """Repositories we hold that the filters no longer allow: no request is sent for them."""
    excluded = [
        name
        for name in services.active_repositories(attempt.registry.pk)
        if not attempt.scope.repositories.allows(name)
    ]
    for names in _together(excluded):
        attempt.filtered.extend(services.active_in(attempt.registry.pk, names))
    return excluded


def _ask(client: RegistryClient, asked: dict[Key, Candidate]) -> Iterator[list[Resolution]]:
    references = (Reference(key.repository, key.tag) for key in asked)
    answers: list[Resolution] = []
    for answer in client.resolve(references):
        answers.append(answer)
        if len(answers) >= WINDOW_TAGS:
            yield answers
            answers = []
    yield answers


def _take(
    answers: list[Resolution], asked: dict[Key, Candidate], attempt: Attempt
) -> list[Candidate]:
    """Record what is there after all; return what the registry says is not."""
    gone: list[Candidate] = []
    there = Window()
    for answer in answers:
        key = Key(answer.reference.repository, answer.reference.tag)
        if answer.absent:
            gone.append(asked[key])
        elif answer.digest is not None:
            there.observed[key] = Observed(answer.digest, answer.media_type)
        elif answer.error is not None:
            there.failed[key.repository] = answer.error
    attempt.record(there)
    return gone


def _decide(gone: list[Candidate], attempt: Attempt) -> None:
    """Remove what is gone, unless it is so much that it must be confirmed first."""
    confirmed = [image for image in gone if image.held and attempt.run.confirms_removals]
    fresh = [image for image in gone if not (image.held and attempt.run.confirms_removals)]
    _, active = services.counts(attempt.registry.pk)
    if fresh and (not attempt.names or too_many_at_once(len(fresh), active)):
        _hold(fresh, active, attempt)
        fresh = []
    attempt.remove(confirmed + fresh, RemovedReason.GONE)


def _hold(images: list[Candidate], active: int, attempt: Attempt) -> None:
    attempt.held = len(images)
    for start in range(0, len(images), WINDOW_TAGS):
        some = [image for image in images[start : start + WINDOW_TAGS] if not image.held]
        if some:
            attempt.write(lambda author: services.hold(some, author))  # noqa: B023
    attempt.warn(
        "removals_held",
        f"{len(images)} of {active} images are gone from the registry; none was removed",
        "Look whether the credential still sees all of the registry; if the images are really "
        "gone, confirm the removals",
    )


def _together(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _NAMES_TOGETHER):
        yield names[start : start + _NAMES_TOGETHER]
