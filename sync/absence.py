"""Absence is a question (decision 0004). What was expected and not seen is asked for by name.

Only the registry's own "not found" takes an image out of the inventory. Where too much would
go at once, or the registry contradicts itself, nothing goes: a person confirms.
"""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterable, Iterator

from inventory import services
from inventory.models import RemovedReason
from inventory.reconcile import Key, Observed, too_many_at_once
from inventory.services import ActiveImage
from registries.oci.reference import Reference
from registries.providers.base import RegistryClient, Resolution
from sync.attempt import Attempt, in_parts
from sync.lifecycle import Progress
from sync.observe import Window

_NAMES_TOGETHER = 200


class Gone:
    """Ids of images that the registry says it does not have, by what is to become of them."""

    def __init__(self) -> None:
        self.confirmed = array("q")
        self.to_hold = array("q")
        self.fresh = array("q")

    def __bool__(self) -> bool:
        return bool(self.confirmed or self.to_hold or self.fresh)

    def sort_in(self, image: ActiveImage, *, doubted: bool, attempt: Attempt) -> None:
        """A confirmation covers what was held when the person gave it, and nothing later."""
        run = attempt.run
        if image.held_at is not None and run.confirms_removals and image.held_at <= run.queued_at:
            self.confirmed.append(image.image_id)
        elif image.held_at is not None or doubted:
            self.to_hold.append(image.image_id)
        else:
            self.fresh.append(image.image_id)

    def without_told(self, attempt: Attempt) -> Gone:
        """Less what has been read because of a push after it was asked for."""
        if not attempt.told:
            return self
        left = Gone()
        left.confirmed = _not_told(self.confirmed, attempt)
        left.to_hold = _not_told(self.to_hold, attempt)
        left.fresh = _not_told(self.fresh, attempt)
        return left


def settle(client: RegistryClient, attempt: Attempt) -> Generator[Progress]:
    """Remove what is gone and what the filters exclude; keep, or hold, all the rest."""
    excluded = _remove_excluded(attempt)
    unlisted = _collect_unlisted(attempt) if attempt.catalog_complete else []
    gone = Gone()
    for image_ids, doubted in ((attempt.unseen, False), (attempt.doubted, True)):
        for some in in_parts(image_ids):
            asked = {image.key: image for image in services.active_by_id(some)}
            for answers in attempt.attend(_ask(client, asked)):
                for image, is_doubtful in _take(answers or [], asked, attempt):
                    gone.sort_in(image, doubted=doubted or is_doubtful, attempt=attempt)
                yield attempt.progress
    decide(gone.without_told(attempt), attempt)
    for names in _together(unlisted + excluded):
        attempt.write(lambda author, names=names: services.retire_repositories(names, author))  # type: ignore[misc]
    yield attempt.progress


def _remove_excluded(attempt: Attempt) -> list[str]:
    """Take out the repositories that the filters no longer allow; no request is sent for them."""
    excluded = [
        name
        for name in services.active_repositories(attempt.registry.pk)
        if not attempt.scope.repositories.allows(name)
    ]
    for names in _together(excluded):
        images = services.active_in(attempt.registry.pk, names)
        attempt.remove([image.image_id for image in images], RemovedReason.FILTERED)
    return excluded


def _collect_unlisted(attempt: Attempt) -> list[str]:
    """Repositories that we hold, and that a complete catalog lacks."""
    listed = set(attempt.names)
    unlisted = [
        name
        for name in services.active_repositories(attempt.registry.pk)
        if name not in listed and attempt.scope.repositories.allows(name)
    ]
    for names in _together(unlisted):
        filtered = array("q")
        for image in services.active_in(attempt.registry.pk, names):
            allowed = attempt.scope.tags.allows(image.key.tag)
            (attempt.unseen if allowed else filtered).append(image.image_id)
        attempt.remove(filtered, RemovedReason.FILTERED)
    return unlisted


def _ask(client: RegistryClient, keys: Iterable[Key]) -> Iterator[list[Resolution]]:
    yield list(client.resolve(Reference(key.repository, key.tag) for key in keys))


def _take(
    answers: list[Resolution], asked: dict[Key, ActiveImage], attempt: Attempt
) -> list[tuple[ActiveImage, bool]]:
    """Record what is there after all; return what the registry says is not, and whether it says
    so too of what this login may not see."""
    gone: list[tuple[ActiveImage, bool]] = []
    there = Window()
    for answer in answers:
        key = Key(answer.reference.repository, answer.reference.tag)
        if answer.absent:
            gone.append((asked[key], answer.doubtful))
        elif answer.digest is not None:
            there.observed[key] = Observed(answer.digest, answer.media_type, answer.details)
        elif answer.error is not None:
            there.failed[key.repository] = answer.error
    if there.observed or there.failed:
        attempt.record(there)
    return gone


def decide(gone: Gone, attempt: Attempt, *, before: int = 0) -> None:
    """Remove what is gone, unless it is so much that it must be confirmed first.

    ``before``: what has gone already, in the same run and for the same reason.
    """
    active = services.active_count(attempt.registry.pk)
    is_empty = attempt.catalog_complete and not attempt.names
    if is_empty or too_many_at_once(before + len(gone.fresh), before + active):
        gone.to_hold.extend(gone.fresh)
        gone.fresh = array("q")
    attempt.remove(gone.confirmed, RemovedReason.GONE)
    attempt.remove(gone.fresh, RemovedReason.GONE)
    if gone.to_hold:
        _hold(gone.to_hold, active, attempt)


def _hold(image_ids: array[int], active: int, attempt: Attempt) -> None:
    attempt.held += len(image_ids)
    for some in in_parts(image_ids):
        attempt.write(lambda author, some=some: services.hold(some, author))  # type: ignore[misc]
    attempt.warn(
        "removals_held",
        f"{attempt.held} of {active} images are gone from the registry; they are kept",
        "Look whether the credential still sees all of the registry; if the images are really "
        "gone, confirm the removals",
    )


def _not_told(image_ids: array[int], attempt: Attempt) -> array[int]:
    left = array("q")
    for some in in_parts(image_ids):
        images = services.active_by_id(some)
        left.extend(image.image_id for image in images if not attempt.was_told(image.key))
    return left


def _together(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _NAMES_TOGETHER):
        yield names[start : start + _NAMES_TOGETHER]
