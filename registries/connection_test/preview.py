"""Preview what a connection's filters match in its registry. Bounded in time; stores nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from harborguard.access.actor import Actor
from harborguard.web.slots import CONNECTION_TESTS
from registries.connection import endpoint_of
from registries.connection_test import runner
from registries.connection_test.stages import impatient, names_to_read
from registries.errors import RegistryError
from registries.models import Registry
from registries.providers.shared.base import RegistryClient
from registries.rate_limits.exchange import connected
from registries.services import KEPT, Kept, login_of
from registries.tag_filter import GlobFilter, Scope
from registries.transport.endpoint import Credential as Login

NAMES_MOST = 200
REPOSITORIES_MOST = 5
TAGS_MOST = 1000
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Sorted:
    """The names that a filter matches and those it excludes. ``is_all``: there are no others."""

    taken: tuple[str, ...]
    left_out: tuple[str, ...]
    is_all: bool = True

    @classmethod
    def by(cls, rule: GlobFilter, names: list[str], *, is_all: bool = True) -> Sorted:
        taken = tuple(name for name in names if rule.allows(name))
        left_out = tuple(name for name in names if not rule.allows(name))
        return cls(taken, left_out, is_all)

    @property
    def count(self) -> int:
        return len(self.taken) + len(self.left_out)


@dataclass(frozen=True, slots=True)
class RepositoryPreview:
    """A repository's tags, or the ``error`` that kept them from being read."""

    name: str
    tags: Sorted | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview. ``refusal`` says why the known repositories stand in for the catalog."""

    repositories: Sorted
    with_tags: tuple[RepositoryPreview, ...]
    refusal: str = ""

    @property
    def tags_taken(self) -> int:
        return sum(len(read.tags.taken) for read in self.with_tags if read.tags)

    @property
    def tags_count(self) -> int:
        return sum(read.tags.count for read in self.with_tags if read.tags)


def preview(registry: Registry, *, by: Actor, login: Login | Kept | None = KEPT) -> Preview:
    """Return a preview for the registry's fields as they are in memory.

    The stored credentials are used unless others are given. Raise Busy or RegistryError.
    """
    slot = CONNECTION_TESTS.take()
    try:
        is_stored = isinstance(login, Kept)
        own = login_of(registry) if isinstance(login, Kept) else login
        seen = _read(registry, own, is_stored=is_stored)
    except RegistryError as error:
        runner.tell(registry, f"preview, {error.stage}: {error.code}", by=by)
        raise
    finally:
        slot.release()
    runner.tell(registry, "preview: ok", by=by)
    return seen


def _read(registry: Registry, login: Login | None, *, is_stored: bool) -> Preview:
    scope = registry.scope
    deadline = time.monotonic() + _SECONDS
    endpoint = impatient(endpoint_of(registry, login))
    with connected(registry, endpoint, is_stored=is_stored) as (client, _):
        client.ping()
        names, refusal = names_to_read(client, registry, NAMES_MOST + 1)
        found = Sorted.by(scope.repositories, names[:NAMES_MOST], is_all=len(names) <= NAMES_MOST)
        with_tags = tuple(_with_tags(client, scope, found.taken[:REPOSITORIES_MOST], deadline))
    return Preview(found, with_tags, refusal)


def _with_tags(
    client: RegistryClient, scope: Scope, names: tuple[str, ...], deadline: float
) -> Iterator[RepositoryPreview]:
    """Read tags of one repository after the other, so that none is requested after the deadline."""
    for name in names:
        if time.monotonic() > deadline:
            yield RepositoryPreview(
                name, error="Not read: the registry took too long for the ones before."
            )
        else:
            yield _tags_of(client, scope.tags, name)


def _tags_of(client: RegistryClient, rule: GlobFilter, repository: str) -> RepositoryPreview:
    tags: list[str] = []
    for listing in client.tags([repository]):
        if listing.error is not None:
            return RepositoryPreview(repository, error=str(listing.error))
        tags += islice((tag.name for tag in listing.tags), TAGS_MOST + 1 - len(tags))
        if len(tags) > TAGS_MOST:
            break
    return RepositoryPreview(
        repository, Sorted.by(rule, tags[:TAGS_MOST], is_all=len(tags) <= TAGS_MOST)
    )
