"""One sync: the seed's six steps, in the seed's order.

A generator of progress: whoever runs it consumes it, and may show what it yields. The registry
is called from a background thread; the database from this one, a short transaction at a time.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Generator, Iterator

from django import db
from structlog.contextvars import bound_contextvars

from registries.connection import connection_to
from registries.errors import CatalogForbidden, InternalError, RegistryError
from registries.providers.base import RegistryClient
from sync import absence, lifecycle, push_run
from sync.attempt import Attempt
from sync.lifecycle import Claim, LeaseLost, Progress
from sync.models import Phase, SyncRun, Trigger
from sync.observe import observe
from sync.silence import warn_if_silent

logger = logging.getLogger(__name__)

_NAMES_A_STEP = 1000
# psycopg tells of a session that was ended for idling in a transaction as an internal error.
DATABASE_LOST = (db.OperationalError, db.InterfaceError, db.InternalError)


def run(run_id: int) -> Generator[Progress]:
    """Do the run, if it is to be had. Every way out but the worker's death leaves it in order.

    Yields nothing where another worker has the run.
    """
    with bound_contextvars(run_id=run_id):
        claim = _claim(run_id)
        if claim is None:
            return
        with bound_contextvars(registry_id=claim.registry_id):
            yield from _work(claim)


def _claim(run_id: int) -> Claim | None:
    try:
        return lifecycle.claim(run_id, owner=f"{socket.gethostname()} {os.getpid()}")
    except DATABASE_LOST:
        logger.exception("Run %s could not be claimed; a worker is called for it again", run_id)
        return None


def _work(claim: Claim) -> Generator[Progress]:
    run_id = claim.run_id
    # The credential in the same query, as in registries.services.as_stored.
    rows = SyncRun.objects.select_related("registry__credential")
    attempt = Attempt(claim, rows.get(pk=run_id))
    try:
        with connection_to(attempt.registry) as (client, limits):
            attempt.clients.append(client)
            attempt.limits.append(limits)
            if attempt.run.trigger == Trigger.PUSH:
                yield from push_run.steps(client, attempt)
            else:
                with push_run.aside(attempt):
                    yield from _steps(client, attempt)
    except LeaseLost as lost:
        logger.warning("%s: nothing more is written", lost)
    except RegistryError as error:
        attempt.fail(error)
    except DATABASE_LOST:
        logger.exception("Run %s lost its database; it goes on when its lease has run out", run_id)
    except Exception:
        logger.exception("Run %s stopped at a fault of ours", run_id)
        attempt.fail(InternalError("Internal error: the sync stopped at a fault in HarborGuard"))
    except BaseException:
        attempt.release()
        raise


def _steps(client: RegistryClient, attempt: Attempt) -> Generator[Progress]:
    # 1. The registry answers, and takes our credential.
    yield attempt.enter(Phase.PING)
    for _ in attempt.attend(_ping(client)):
        yield attempt.progress

    # 2. Every repository. A listing that breaks half way fails the run, after what was read.
    yield attempt.enter(Phase.CATALOG)
    broken = yield from _catalog(client, attempt)

    # 3 to 5. Tags, filter, digests; recorded window by window.
    yield attempt.enter(Phase.TAGS)
    wanted = [name for name in attempt.names if attempt.scope.repositories.allows(name)]
    for window in attempt.attend(observe(client, attempt.scope.tags, wanted)):
        if window is not None:
            attempt.record(window)
        yield attempt.progress
    if broken is not None:
        raise broken
    attempt.raise_if_nothing_was_read()

    # What was expected and not seen is asked for by name.
    yield attempt.enter(Phase.ABSENCE)
    yield from absence.settle(client, attempt)

    # 6. Status, health, lastSyncAt, nextSyncAt.
    attempt.look_aside()
    warn_if_silent(attempt)
    attempt.succeed()
    yield attempt.progress


def _ping(client: RegistryClient) -> Iterator[None]:
    client.ping()
    yield


def _catalog(
    client: RegistryClient, attempt: Attempt
) -> Generator[Progress, None, RegistryError | None]:
    """Fill ``attempt.names``; return what broke the listing, where something had been read.

    A forbidden catalog gives way to the connection's list of known repositories (decision 11).
    """
    try:
        for names in attempt.attend(_in_steps(client)):
            yield attempt.list_more(names) if names else attempt.progress
    except CatalogForbidden as refusal:
        if not attempt.registry.known_repositories:
            raise
        attempt.warn(refusal.code, str(refusal), "Only the known repositories are synced")
        yield attempt.list_more(sorted(set(attempt.registry.known_repositories)))
        return None
    except RegistryError as error:
        if not attempt.names:
            raise
        return error
    attempt.catalog_complete = True
    if client.rejected_repositories:
        _warn_of_rejected(client.rejected_repositories, attempt)
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


def _warn_of_rejected(names: tuple[str, ...], attempt: Attempt) -> None:
    attempt.warn(
        "rejected_names",
        f"The catalog holds names that are not repository names, {ascii(names[0])[:80]} first",
        "They are left out; ask who runs the registry what they are",
    )
