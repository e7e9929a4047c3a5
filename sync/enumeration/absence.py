"""Check by name what the listings lack: only the registry's own "not found" removes an image.

Where too much would go at once, or the registry contradicts itself, the images are held until a
person confirms (docs/decisions/0004).
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
from sync.enumeration.comparison import Comparison, in_batches
from sync.enumeration.observe import Window
from sync.runs.lifecycle import Progress

_NAMES_TOGETHER = 200


class MissingImages:
    """Ids of images that the registry says it does not have, by what happens to them."""

    def __init__(self) -> None:
        self.confirmed = array("q")
        self.to_hold = array("q")
        self.to_remove = array("q")

    def __bool__(self) -> bool:
        return bool(self.confirmed or self.to_hold or self.to_remove)

    def add(self, image: ActiveImage, *, doubted: bool, comparison: Comparison) -> None:
        if comparison.writer.is_confirmed(image):
            self.confirmed.append(image.image_id)
        elif image.held_at is not None or doubted:
            self.to_hold.append(image.image_id)
        else:
            self.to_remove.append(image.image_id)

    def without_read_by_push(self, comparison: Comparison) -> MissingImages:
        """Leave out what a push run has read after it was checked here."""
        if not comparison.read_by_push:
            return self
        rest = MissingImages()
        rest.confirmed = _without_read_by_push(self.confirmed, comparison)
        rest.to_hold = _without_read_by_push(self.to_hold, comparison)
        rest.to_remove = _without_read_by_push(self.to_remove, comparison)
        return rest


def settle(client: RegistryClient, comparison: Comparison) -> Generator[Progress]:
    """Remove or hold what the registry no longer has, and remove what the filters exclude."""
    excluded = _remove_excluded(comparison)
    unlisted = _note_unlisted(comparison) if comparison.catalog_complete else []
    missing = MissingImages()
    for image_ids, doubted in ((comparison.missing, False), (comparison.doubted, True)):
        for batch in in_batches(image_ids):
            expected = {image.key: image for image in queries.active_by_id(batch)}
            for answers in comparison.reader.read(_resolve(client, expected)):
                for image, is_doubtful in _sort(answers or [], expected, comparison):
                    missing.add(image, doubted=doubted or is_doubtful, comparison=comparison)
                yield comparison.progress
    decide(missing.without_read_by_push(comparison), comparison)
    for names in _in_batches(unlisted + excluded):
        comparison.writer.retire(names)
    yield comparison.progress


def decide(missing: MissingImages, comparison: Comparison, *, removed_before: int = 0) -> None:
    """Remove what is missing, or hold it where it is too much to go unconfirmed.

    ``removed_before`` counts what the same push run has removed already.
    """
    active = comparison.writer.active_count()
    is_empty = comparison.catalog_complete and not comparison.names
    if is_empty or too_many_at_once(
        removed_before + len(missing.to_remove), removed_before + active
    ):
        missing.to_hold.extend(missing.to_remove)
        missing.to_remove = array("q")
    comparison.writer.remove(missing.confirmed, RemovedReason.GONE)
    comparison.writer.remove(missing.to_remove, RemovedReason.GONE)
    if missing.to_hold:
        _hold(missing.to_hold, active, comparison)


def _remove_excluded(comparison: Comparison) -> list[str]:
    """Remove the images of repositories that the filters exclude. This sends no request."""
    excluded = [
        name
        for name in queries.active_repositories(comparison.registry.pk)
        if not comparison.scope.repositories.allows(name)
    ]
    for names in _in_batches(excluded):
        images = queries.active_in(comparison.registry.pk, names)
        comparison.writer.remove([image.image_id for image in images], RemovedReason.FILTERED)
    return excluded


def _note_unlisted(comparison: Comparison) -> list[str]:
    """Return the inventory's repositories that a complete catalog lacks; note their images."""
    listed = set(comparison.names)
    unlisted = [
        name
        for name in queries.active_repositories(comparison.registry.pk)
        if name not in listed and comparison.scope.repositories.allows(name)
    ]
    for names in _in_batches(unlisted):
        filtered = array("q")
        for image in queries.active_in(comparison.registry.pk, names):
            allowed = comparison.scope.tags.allows(image.key.tag)
            (comparison.missing if allowed else filtered).append(image.image_id)
        comparison.writer.remove(filtered, RemovedReason.FILTERED)
    return unlisted


def _resolve(client: RegistryClient, keys: Iterable[Key]) -> Iterator[list[Resolution]]:
    yield list(client.resolve(Reference(key.repository, key.tag) for key in keys))


def _sort(
    answers: list[Resolution], expected: dict[Key, ActiveImage], comparison: Comparison
) -> list[tuple[ActiveImage, bool]]:
    """Record what exists after all. Return what does not, each with whether that is doubtful:
    some products also say "not found" of what the credentials may not see."""
    missing: list[tuple[ActiveImage, bool]] = []
    found = Window()
    for answer in answers:
        key = Key(answer.reference.repository, answer.reference.tag)
        if answer.absent:
            missing.append((expected[key], answer.doubtful))
        elif answer.digest is not None:
            found.observed[key] = Observed(answer.digest, answer.media_type, answer.details)
        elif answer.error is not None:
            found.failed[key.repository] = answer.error
    if found.observed or found.failed:
        comparison.add_window(found)
    return missing


def _hold(image_ids: array[int], active: int, comparison: Comparison) -> None:
    comparison.held += len(image_ids)
    comparison.writer.hold(image_ids)
    comparison.warn(
        "removals_held",
        f"{comparison.held} of {active} images are missing from the registry (kept in the "
        "inventory)",
        "Check that the credentials can still see the whole registry. If the images are really "
        "gone, confirm the removals",
    )


def _without_read_by_push(image_ids: array[int], comparison: Comparison) -> array[int]:
    rest = array("q")
    for batch in in_batches(image_ids):
        images = queries.active_by_id(batch)
        rest.extend(image.image_id for image in images if not comparison.is_read_by_push(image.key))
    return rest


def _in_batches(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _NAMES_TOGETHER):
        yield names[start : start + _NAMES_TOGETHER]
