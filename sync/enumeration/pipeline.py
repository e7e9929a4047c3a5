"""One sync, from its claim to its end.

A generator of progress: whoever runs it consumes it, and may show what it yields. The registry
is called from a background thread; the database from this one, a short transaction at a time.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Generator

from django import db
from structlog.contextvars import bound_contextvars

from registries.connection import connection_to
from registries.errors import InternalError, RegistryError
from registries.providers.shared.base import RegistryClient
from sync.enumeration import pushed
from sync.enumeration.attempt import Attempt
from sync.enumeration.silence import warn_if_silent
from sync.enumeration.steps import read_all
from sync.models import SyncRun, Trigger
from sync.pushes import push_runs
from sync.runs import lifecycle
from sync.runs.lifecycle import Claim, LeaseLost, Progress

logger = logging.getLogger(__name__)

# psycopg tells of a session that was ended for idling in a transaction as an internal error.
DATABASE_LOST = (db.OperationalError, db.InterfaceError, db.InternalError)


def carry_out(run_id: int) -> Generator[Progress]:
    """Do the run, then queue a push run for what webhooks named while it ended."""
    yield from run(run_id)
    registry_id = SyncRun.objects.filter(pk=run_id).values_list("registry", flat=True).first()
    if registry_id is not None:
        push_runs.queue_if_due(registry_id)


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
                yield from pushed.steps(client, attempt)
            else:
                with pushed.aside(attempt):
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
    yield from read_all(client, attempt)

    # 6. Status, health, lastSyncAt, nextSyncAt.
    attempt.look_aside()
    warn_if_silent(attempt)
    attempt.succeed()
    yield attempt.progress
