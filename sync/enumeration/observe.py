"""Steps 3 to 5 of a sync, the half that calls the registry: list tags, filter, resolve digests.

Free of the database: it runs in a thread beside the one that writes. It yields windows of at most
a thousand images, small enough for one short transaction each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from inventory.reconcile import Key, Observed
from registries.errors import RegistryError
from registries.oci.reference import Reference
from registries.providers.shared.base import RegistryClient, TagListing
from registries.tag_filter import GlobFilter

LISTED_TOGETHER = 200
WINDOW_TAGS = 1000
# Tags to resolve are kept in memory. At this many, they are resolved before the next repository
# is listed.
_MOST_UNRESOLVED = 20_000


@dataclass(slots=True)
class Window:
    """A part of what a registry reports.

    - ``observed``: the digests of the tags in scope.
    - ``listed``: for each repository with a complete listing, all its tags, in scope or not.
    - ``failed``: repositories of which something could not be read.
    - ``tags_seen``: how many tags in scope were listed.
    """

    observed: dict[Key, Observed] = field(default_factory=dict)
    listed: dict[str, set[str]] = field(default_factory=dict)
    failed: dict[str, RegistryError] = field(default_factory=dict)
    tags_seen: int = 0

    @property
    def repositories(self) -> set[str]:
        return {key.repository for key in self.observed} | self.listed.keys()


def observe(client: RegistryClient, tags: GlobFilter, names: Iterable[str]) -> Iterator[Window]:
    """List, filter and resolve the tags of the repositories ``names``.

    A tag that was listed but has no manifest a moment later is taken out of ``listed``. The
    registry contradicts itself, so it is checked again at the end with what is missing.
    """
    remaining = iter(names)
    while batch := list(islice(remaining, LISTED_TOGETHER)):
        yield from _observe_batch(client, tags, batch)


def _observe_batch(client: RegistryClient, tags: GlobFilter, names: list[str]) -> Iterator[Window]:
    window = Window()
    listed: dict[str, set[str]] = {name: set() for name in names}
    unresolved: list[Reference] = []
    for listing in client.tags(names):
        _add(listing, tags, window, listed[listing.repository], unresolved)
        if len(unresolved) >= _MOST_UNRESOLVED or len(window.observed) >= WINDOW_TAGS:
            yield from _resolve(client, unresolved, window, listed)
            window, unresolved = Window(), []
    yield from _resolve(client, unresolved, window, listed)


def _add(
    listing: TagListing,
    tags: GlobFilter,
    window: Window,
    listed: set[str],
    unresolved: list[Reference],
) -> None:
    if listing.error is not None:
        window.failed[listing.repository] = listing.error
        return
    for tag in listing.tags:
        if tag.name in listed:
            continue
        listed.add(tag.name)
        if not tags.allows(tag.name):
            continue
        window.tags_seen += 1
        if tag.digest is None:
            unresolved.append(Reference(listing.repository, tag.name))
        else:
            key = Key(listing.repository, tag.name)
            window.observed[key] = Observed(tag.digest, tag.media_type, tag.details)
    if listing.complete:
        window.listed[listing.repository] = listed


def _resolve(
    client: RegistryClient,
    unresolved: list[Reference],
    window: Window,
    listed: dict[str, set[str]],
) -> Iterator[Window]:
    """Resolve digests, at most WINDOW_TAGS per window. The last one carries the listings."""
    part = Window(observed=window.observed)
    for answer in client.resolve(unresolved):
        repository, tag = answer.reference.repository, answer.reference.tag
        if answer.error is not None:
            window.failed.setdefault(repository, answer.error)
        elif answer.digest is None:
            listed[repository].discard(tag)
        else:
            key = Key(repository, tag)
            part.observed[key] = Observed(answer.digest, answer.media_type, answer.details)
            if len(part.observed) >= WINDOW_TAGS:
                yield part
                part = Window()
    part.listed, part.failed, part.tags_seen = window.listed, window.failed, window.tags_seen
    yield part
