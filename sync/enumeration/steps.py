"""The steps that read a registry, for a sync and for a dry run."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from registries.errors import CatalogForbidden, RegistryError
from registries.providers.shared.base import RegistryClient
from sync.enumeration import absence
from sync.enumeration.comparison import Comparison
from sync.enumeration.observe import observe
from sync.models import Phase
from sync.runs.lifecycle import Progress

_NAMES_TOGETHER = 1000


def read_registry(client: RegistryClient, comparison: Comparison) -> Generator[Progress]:
    """Take steps 1 to 5 of a sync, then check what the listings lack. Raise RegistryError."""
    # 1. Check the connection and the credentials.
    yield comparison.enter(Phase.PING)
    for _ in comparison.reader.read(_ping(client)):
        yield comparison.progress

    # 2. List repositories. A listing that breaks off fails the run once the rest is recorded.
    yield comparison.enter(Phase.CATALOG)
    failure = yield from _list_repositories(client, comparison)

    # 3. List tags, 4. filter them, 5. resolve their digests: recorded window by window.
    yield comparison.enter(Phase.TAGS)
    wanted = [name for name in comparison.names if comparison.scope.repositories.allows(name)]
    for window in comparison.reader.read(observe(client, comparison.scope.tags, wanted)):
        if window is not None:
            comparison.add_window(window)
        yield comparison.progress
    if failure is not None:
        raise failure
    comparison.raise_if_nothing_was_read()

    yield comparison.enter(Phase.ABSENCE)
    yield from absence.settle(client, comparison)


def _ping(client: RegistryClient) -> Iterator[None]:
    client.ping()
    yield


def _list_repositories(
    client: RegistryClient, comparison: Comparison
) -> Generator[Progress, None, RegistryError | None]:
    """Fill ``comparison.names``. Return the error of a listing that broke off half way.

    Where the catalog is forbidden, the connection's known repositories take its place
    (docs/decisions/0006).
    """
    try:
        for names in comparison.reader.read(_in_batches(client)):
            yield comparison.add_names(names) if names else comparison.progress
    except CatalogForbidden as error:
        if not comparison.registry.known_repositories:
            raise
        comparison.warn(error.code, str(error), "Only the known repositories are synced")
        yield comparison.add_names(sorted(set(comparison.registry.known_repositories)))
        return None
    except RegistryError as error:
        if not comparison.names:
            raise
        return error
    comparison.catalog_complete = True
    if client.rejected_repositories:
        _warn_of_rejected_names(client.rejected_repositories, comparison)
    return None


def _in_batches(client: RegistryClient) -> Iterator[list[str]]:
    """Yield the catalog's names in batches; those read before a failure come before it."""
    names: list[str] = []
    failure: RegistryError | None = None
    try:
        for name in client.repositories():
            names.append(name)
            if len(names) >= _NAMES_TOGETHER:
                yield names
                names = []
    except RegistryError as error:
        failure = error
    yield names
    if failure is not None:
        raise failure


def _warn_of_rejected_names(names: tuple[str, ...], comparison: Comparison) -> None:
    comparison.warn(
        "rejected_names",
        "The catalog contains names that are not valid repository names; the first is "
        f"{ascii(names[0])[:80]}",
        "They are skipped. Ask the registry's administrator what they are",
    )
