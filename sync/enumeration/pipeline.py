"""One sync, from its claim to its end.

It is a generator of progress: its caller consumes it, and may show what it yields. A
background thread calls the registry; this one writes to the database, in short transactions.
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
from sync.enumeration.attempt import Attempt
from sync.enumeration.pushed import read_pushed, reading_pushed
from sync.enumeration.silence import warn_if_silent
from sync.enumeration.steps import read_registry
from sync.models import SyncRun, Trigger
from sync.pushes import push_runs
from sync.runs import lifecycle
from sync.runs.lifecycle import Claim, LeaseLost, Progress

logger = logging.getLogger(__name__)

# psycopg reports a session that was ended for idling in a transaction as an internal error.
DATABASE_LOST = (db.OperationalError, db.InterfaceError, db.InternalError)


def carry_out(run_id: int) -> Generator[Progress]:
    """Do the run, then queue a push run for what webhooks named while it ended."""
    yield from run(run_id)
    registry_id = SyncRun.objects.filter(pk=run_id).values_list("registry", flat=True).first()
    if registry_id is not None:
        push_runs.queue_if_due(registry_id)


def run(run_id: int) -> Generator[Progress]:
    """Do the run, unless another worker has it. Every exit but the worker's death leaves the run
    in order."""
    with bound_contextvars(run_id=run_id):
        claim = _claim(run_id)
        if claim is None:
            return
        with bound_contextvars(registry_id=claim.registry_id):
            yield from _run(claim)


def _claim(run_id: int) -> Claim | None:
    try:
        return lifecycle.claim(run_id, owner=f"{socket.gethostname()} {os.getpid()}")
    except DATABASE_LOST:
        logger.exception("Run %s could not be claimed; the next tick retries", run_id)
        return None


def _run(claim: Claim) -> Generator[Progress]:
    run_id = claim.run_id
    # The credential comes in the same query, as in registries.services.as_stored.
    rows = SyncRun.objects.select_related("registry__credential")
    attempt = Attempt(claim, rows.get(pk=run_id))
    try:
        with connection_to(attempt.registry) as (client, limits):
            attempt.reader.add(client, limits)
            if attempt.run.trigger == Trigger.PUSH:
                yield from read_pushed(client, attempt)
            else:
                with reading_pushed(attempt):
                    yield from _sync(client, attempt)
    except LeaseLost as lost:
        logger.warning("%s: this worker stops", lost)
    except RegistryError as error:
        attempt.fail(error)
    except DATABASE_LOST:
        logger.exception("Run %s lost its database and resumes when its lease expires", run_id)
    except Exception:
        logger.exception("Run %s hit a bug in HarborGuard", run_id)
        attempt.fail(InternalError("Internal error: the sync hit a bug in HarborGuard"))
    except BaseException:
        attempt.release()
        raise


def _sync(client: RegistryClient, attempt: Attempt) -> Generator[Progress]:
    yield from read_registry(client, attempt.comparison)

    # 6. Write status, health, last and next sync.
    attempt.reader.run_side_task()
    warn_if_silent(attempt)
    attempt.succeed()
    yield attempt.reader.progress
