"""Absence is a question (decision 0004). What was expected and not seen is asked for by name.

Only the registry's own "not found" takes an image out of the inventory. Where too much would
go at once, or the registry contradicts itself, nothing goes: a person confirms.
"""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterable, Iterator

from inventory import queries
from inventory.models import RemovedReason
from inventory.queries import ActiveImage
from inventory.reconcile import Key, Observed, too_many_at_once
from registries.oci.reference import Reference
from registries.providers.shared.base import RegistryClient, Resolution
from sync.enumeration.comparison import Reading, in_parts
from sync.enumeration.observe import Window
from sync.runs.lifecycle import Progress

_NAMES_TOGETHER = 200


class Gone:
    """Ids of images that the registry says it does not have, by what is to become of them."""

    def __init__(self) -> None:
        self.confirmed = array("q")
        self.to_hold = array("q")
        self.fresh = array("q")

    def __bool__(self) -> bool:
        return bool(self.confirmed or self.to_hold or self.fresh)

    def sort_in(self, image: ActiveImage, *, doubted: bool, reading: Reading) -> None:
        if reading.confirms(image):
            self.confirmed.append(image.image_id)
        elif image.held_at is not None or doubted:
            self.to_hold.append(image.image_id)
        else:
            self.fresh.append(image.image_id)

    def without_told(self, reading: Reading) -> Gone:
        """Less what has been read because of a push after it was asked for."""
        if not reading.told:
            return self
        left = Gone()
        left.confirmed = _not_told(self.confirmed, reading)
        left.to_hold = _not_told(self.to_hold, reading)
        left.fresh = _not_told(self.fresh, reading)
        return left


def settle(client: RegistryClient, reading: Reading) -> Generator[Progress]:
    """Remove what is gone and what the filters exclude; keep, or hold, all the rest."""
    excluded = _remove_excluded(reading)
    unlisted = _collect_unlisted(reading) if reading.catalog_complete else []
    gone = Gone()
    for image_ids, doubted in ((reading.unseen, False), (reading.doubted, True)):
        for some in in_parts(image_ids):
            asked = {image.key: image for image in queries.active_by_id(some)}
            for answers in reading.attend(_ask(client, asked)):
                for image, is_doubtful in _take(answers or [], asked, reading):
                    gone.sort_in(image, doubted=doubted or is_doubtful, reading=reading)
                yield reading.progress
    decide(gone.without_told(reading), reading)
    for names in _together(unlisted + excluded):
        reading.retire(names)
    yield reading.progress


def _remove_excluded(reading: Reading) -> list[str]:
    """Take out the repositories that the filters no longer allow; no request is sent for them."""
    excluded = [
        name
        for name in queries.active_repositories(reading.registry.pk)
        if not reading.scope.repositories.allows(name)
    ]
    for names in _together(excluded):
        images = queries.active_in(reading.registry.pk, names)
        reading.remove([image.image_id for image in images], RemovedReason.FILTERED)
    return excluded


def _collect_unlisted(reading: Reading) -> list[str]:
    """Repositories that we hold, and that a complete catalog lacks."""
    listed = set(reading.names)
    unlisted = [
        name
        for name in queries.active_repositories(reading.registry.pk)
        if name not in listed and reading.scope.repositories.allows(name)
    ]
    for names in _together(unlisted):
        filtered = array("q")
        for image in queries.active_in(reading.registry.pk, names):
            allowed = reading.scope.tags.allows(image.key.tag)
            (reading.unseen if allowed else filtered).append(image.image_id)
        reading.remove(filtered, RemovedReason.FILTERED)
    return unlisted


def _ask(client: RegistryClient, keys: Iterable[Key]) -> Iterator[list[Resolution]]:
    yield list(client.resolve(Reference(key.repository, key.tag) for key in keys))


def _take(
    answers: list[Resolution], asked: dict[Key, ActiveImage], reading: Reading
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
        reading.record(there)
    return gone


def decide(gone: Gone, reading: Reading, *, before: int = 0) -> None:
    """Remove what is gone, unless it is so much that it must be confirmed first.

    ``before``: what has gone already, in the same run and for the same reason.
    """
    active = reading.active_count()
    is_empty = reading.catalog_complete and not reading.names
    if is_empty or too_many_at_once(before + len(gone.fresh), before + active):
        gone.to_hold.extend(gone.fresh)
        gone.fresh = array("q")
    reading.remove(gone.confirmed, RemovedReason.GONE)
    reading.remove(gone.fresh, RemovedReason.GONE)
    if gone.to_hold:
        _hold(gone.to_hold, active, reading)


def _hold(image_ids: array[int], active: int, reading: Reading) -> None:
    reading.held += len(image_ids)
    reading.hold(image_ids)
    reading.warn(
        "removals_held",
        f"{reading.held} of {active} images are gone from the registry; they are kept",
        "Look whether the credential still sees all of the registry; if the images are really "
        "gone, confirm the removals",
    )


def _not_told(image_ids: array[int], reading: Reading) -> array[int]:
    left = array("q")
    for some in in_parts(image_ids):
        images = queries.active_by_id(some)
        left.extend(image.image_id for image in images if not reading.was_told(image.key))
    return left


def _together(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _NAMES_TOGETHER):
        yield names[start : start + _NAMES_TOGETHER]
