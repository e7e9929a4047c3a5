"""Steps 3 to 5 of the seed, the half that talks to the registry: tags, filter, digests.

Pure of the database: it runs in a thread beside the one that writes. It yields windows of
at most a thousand tags, small enough for one short transaction each.
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
# Tags whose digests are still to be asked for are kept in memory; more than this are asked
# for before the next repository is listed.
_PENDING_MOST = 20_000


@dataclass(slots=True)
class Window:
    """A part of what was observed.

    ``listed`` holds, for each repository whose listing has ended well, every tag it showed,
    whatever the filter says; ``observed`` the digests of those that the filter allows.
    ``failed`` are repositories of which something could not be read; ``tags_seen`` counts the
    tags that were listed and that the filter allows.
    """

    observed: dict[Key, Observed] = field(default_factory=dict)
    listed: dict[str, set[str]] = field(default_factory=dict)
    failed: dict[str, RegistryError] = field(default_factory=dict)
    tags_seen: int = 0

    @property
    def repositories(self) -> set[str]:
        return {key.repository for key in self.observed} | self.listed.keys()


def observe(client: RegistryClient, tags: GlobFilter, names: Iterable[str]) -> Iterator[Window]:
    """List, filter and resolve every repository of ``names``.

    A tag that was listed, but has no manifest a moment later, is taken out of ``listed``: the
    registry contradicts itself, and it is asked again at the end with what was not seen.
    """
    remaining = iter(names)
    while together := list(islice(remaining, LISTED_TOGETHER)):
        yield from _observe_together(client, tags, together)


def _observe_together(
    client: RegistryClient, tags: GlobFilter, names: list[str]
) -> Iterator[Window]:
    window = Window()
    shown: dict[str, set[str]] = {name: set() for name in names}
    pending: list[Reference] = []
    for listing in client.tags(names):
        _take(listing, tags, window, shown[listing.repository], pending)
        if len(pending) >= _PENDING_MOST or len(window.observed) >= WINDOW_TAGS:
            yield from _resolved(client, pending, window, shown)
            window, pending = Window(), []
    yield from _resolved(client, pending, window, shown)


def _take(
    listing: TagListing,
    tags: GlobFilter,
    window: Window,
    shown: set[str],
    pending: list[Reference],
) -> None:
    if listing.error is not None:
        window.failed[listing.repository] = listing.error
        return
    for tag in listing.tags:
        if tag.name in shown:
            continue
        shown.add(tag.name)
        if not tags.allows(tag.name):
            continue
        window.tags_seen += 1
        if tag.digest is None:
            pending.append(Reference(listing.repository, tag.name))
        else:
            key = Key(listing.repository, tag.name)
            window.observed[key] = Observed(tag.digest, tag.media_type, tag.details)
    if listing.complete:
        window.listed[listing.repository] = shown


def _resolved(
    client: RegistryClient, pending: list[Reference], window: Window, shown: dict[str, set[str]]
) -> Iterator[Window]:
    """Fill in the digests; the last window carries what ``window`` has said of repositories."""
    part = Window(observed=window.observed)
    for answer in client.resolve(pending):
        repository, tag = answer.reference.repository, answer.reference.tag
        if answer.error is not None:
            window.failed.setdefault(repository, answer.error)
        elif answer.digest is None:
            shown[repository].discard(tag)
        else:
            key = Key(repository, tag)
            part.observed[key] = Observed(answer.digest, answer.media_type, answer.details)
            if len(part.observed) >= WINDOW_TAGS:
                yield part
                part = Window()
    part.listed, part.failed, part.tags_seen = window.listed, window.failed, window.tags_seen
    yield part
