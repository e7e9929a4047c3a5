"""Ask the registry about what webhooks named: the half that calls it, free of the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from inventory.reconcile import Key, Observed
from registries.errors import NotFound, RegistryError
from registries.oci.reference import Reference
from registries.providers.shared.base import RegistryClient, Resolution
from registries.tag_filter import GlobFilter
from sync.enumeration.observe import Window, observe


@dataclass(slots=True)
class Answers:
    """A part of what the registry answered.

    - ``absent``: tags it reports as unknown. ``doubtful``: those of them of which it says so
      too where the credentials may not see them.
    - ``unknown``: repositories that it does not know.
    - ``failed``: repositories of which something could not be read.
    """

    observed: dict[Key, Observed] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    absent: list[Key] = field(default_factory=list)
    doubtful: set[Key] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    failed: dict[str, RegistryError] = field(default_factory=dict)
    tags_seen: int = 0

    @property
    def repositories(self) -> set[str]:
        return {key.repository for key in self.observed} | self.listed


def observe_pushed(
    client: RegistryClient,
    tags: GlobFilter,
    named: Iterable[Key],
    repositories: Mapping[str, set[str]],
) -> Iterator[Answers]:
    """Resolve the named tags, then read each of ``repositories`` as a whole.

    ``repositories`` maps each name to its tags in the inventory. A tag that the listing lacks is
    checked by name, as in a sync.
    """
    keys = list(named)
    if keys:
        yield _resolve(client, keys)
    if repositories:
        yield from _observe_repositories(client, tags, repositories)


def _observe_repositories(
    client: RegistryClient, tags: GlobFilter, repositories: Mapping[str, set[str]]
) -> Iterator[Answers]:
    listed: dict[str, set[str]] = {}
    unknown: set[str] = set()
    for window in observe(client, tags, repositories):
        unknown |= {name for name, error in window.failed.items() if isinstance(error, NotFound)}
        listed |= window.listed
        yield _as_answers(window)
    missing = [
        Key(name, tag)
        for name, recorded in repositories.items()
        if name in listed or name in unknown
        for tag in recorded - listed.get(name, set())
    ]
    answers = _resolve(client, missing)
    answers.unknown = unknown
    yield answers


def _as_answers(window: Window) -> Answers:
    failed = {
        name: error for name, error in window.failed.items() if not isinstance(error, NotFound)
    }
    return Answers(window.observed, set(window.listed), failed=failed, tags_seen=window.tags_seen)


def _resolve(client: RegistryClient, keys: Iterable[Key]) -> Answers:
    answers = Answers()
    for resolution in client.resolve(Reference(key.repository, key.tag) for key in keys):
        _add(resolution, answers)
    return answers


def _add(resolution: Resolution, answers: Answers) -> None:
    key = Key(resolution.reference.repository, resolution.reference.tag)
    if resolution.absent:
        answers.absent.append(key)
        if resolution.doubtful:
            answers.doubtful.add(key)
    elif resolution.digest is not None:
        answers.tags_seen += 1
        answers.observed[key] = Observed(
            resolution.digest, resolution.media_type, resolution.details
        )
    elif resolution.error is not None:
        answers.failed.setdefault(key.repository, resolution.error)
