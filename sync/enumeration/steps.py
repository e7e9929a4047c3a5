"""The steps in which a registry is read, in the seed's order: for a sync and for its rehearsal."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from registries.errors import CatalogForbidden, RegistryError
from registries.providers.shared.base import RegistryClient
from sync.enumeration import absence
from sync.enumeration.comparison import Reading
from sync.enumeration.observe import observe
from sync.models import Phase
from sync.runs.lifecycle import Progress

_NAMES_A_STEP = 1000


def read_all(client: RegistryClient, reading: Reading) -> Generator[Progress]:
    """The first five of the seed's six steps, and what follows from what was not seen."""
    # 1. The registry answers, and takes our credential.
    yield reading.enter(Phase.PING)
    for _ in reading.attend(_ping(client)):
        yield reading.progress

    # 2. Every repository. A listing that breaks half way fails the run, after what was read.
    yield reading.enter(Phase.CATALOG)
    broken = yield from _catalog(client, reading)

    # 3 to 5. Tags, filter, digests; recorded window by window.
    yield reading.enter(Phase.TAGS)
    wanted = [name for name in reading.names if reading.scope.repositories.allows(name)]
    for window in reading.attend(observe(client, reading.scope.tags, wanted)):
        if window is not None:
            reading.record(window)
        yield reading.progress
    if broken is not None:
        raise broken
    reading.raise_if_nothing_was_read()

    # What was expected and not seen is asked for by name.
    yield reading.enter(Phase.ABSENCE)
    yield from absence.settle(client, reading)


def _ping(client: RegistryClient) -> Iterator[None]:
    client.ping()
    yield


def _catalog(
    client: RegistryClient, reading: Reading
) -> Generator[Progress, None, RegistryError | None]:
    """Fill ``reading.names``; return what broke the listing, where something had been read.

    A forbidden catalog gives way to the connection's list of known repositories (decision 11).
    """
    try:
        for names in reading.attend(_in_steps(client)):
            yield reading.list_more(names) if names else reading.progress
    except CatalogForbidden as refusal:
        if not reading.registry.known_repositories:
            raise
        reading.warn(refusal.code, str(refusal), "Only the known repositories are synced")
        yield reading.list_more(sorted(set(reading.registry.known_repositories)))
        return None
    except RegistryError as error:
        if not reading.names:
            raise
        return error
    reading.catalog_complete = True
    if client.rejected_repositories:
        _warn_of_rejected(client.rejected_repositories, reading)
    return None


def _in_steps(client: RegistryClient) -> Iterator[list[str]]:
    """Names as they come, many at a time; what was read before a failure comes before it."""
    names: list[str] = []
    failure: RegistryError | None = None
    try:
        for name in client.repositories():
            names.append(name)
            if len(names) >= _NAMES_A_STEP:
                yield names
                names = []
    except RegistryError as error:
        failure = error
    yield names
    if failure is not None:
        raise failure


def _warn_of_rejected(names: tuple[str, ...], reading: Reading) -> None:
    reading.warn(
        "rejected_names",
        f"The catalog holds names that are not repository names, {ascii(names[0])[:80]} first",
        "They are left out; ask who runs the registry what they are",
    )
