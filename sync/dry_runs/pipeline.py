"""One dry run, from its claim to its end; and the read itself, for a dry run that is not stored.

The registry is read as in a sync: same steps, client, limits, addresses and credentials.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import suppress

from structlog.contextvars import bound_contextvars

from registries.connection import connection_to
from registries.errors import InternalError, RegistryError
from sync.dry_runs import lifecycle
from sync.dry_runs.attempt import DryRunAttempt
from sync.dry_runs.kept_changes import KeptChanges
from sync.dry_runs.lifecycle import DryRunOver
from sync.dry_runs.proposal import with_proposal
from sync.enumeration.pipeline import DATABASE_LOST
from sync.enumeration.steps import read_registry
from sync.models import DryRun
from sync.runs.lifecycle import Progress

logger = logging.getLogger(__name__)

MOST_CHANGES_KEPT = 10_000


def carry_out(dry_run_id: int) -> None:
    """Carry out a queued dry run, unless another worker has it."""
    with bound_contextvars(dry_run_id=dry_run_id):
        try:
            dry_run = lifecycle.claim(dry_run_id)
        except DATABASE_LOST:
            logger.exception("Dry run %s could not be claimed; the next tick retries", dry_run_id)
            return
        if dry_run is not None:
            with bound_contextvars(registry_id=dry_run.registry_id):
                _carry_out(dry_run)


def read(attempt: DryRunAttempt) -> Generator[Progress]:
    """Read the registry and report what a sync would change. Raise RegistryError."""
    with connection_to(attempt.registry) as (client, limits):
        attempt.reader.add(client, limits)
        yield from read_registry(client, attempt.comparison)


def _carry_out(dry_run: DryRun) -> None:
    kept = KeptChanges(MOST_CHANGES_KEPT)
    registry = with_proposal(dry_run.registry, dry_run.proposed)
    attempt = DryRunAttempt(
        registry, report=kept.add, keep_alive=lambda attempt: lifecycle.renew(dry_run, attempt)
    )
    try:
        for _ in read(attempt):
            pass
        _finish(dry_run, attempt, kept)
    except DryRunOver as over:
        logger.warning("%s: this worker stops", over)
    except RegistryError as error:
        _finish(dry_run, attempt, kept, error)
    except DATABASE_LOST:
        logger.exception("Dry run %s lost its database and will be given up", dry_run.pk)
    except Exception:
        logger.exception("Dry run %s hit a bug in HarborGuard", dry_run.pk)
        bug = InternalError("Internal error: the dry run hit a bug in HarborGuard")
        _finish(dry_run, attempt, kept, bug)
    except BaseException:
        lifecycle.release(dry_run)
        raise


def _finish(
    dry_run: DryRun,
    attempt: DryRunAttempt,
    kept: KeptChanges,
    error: RegistryError | None = None,
) -> None:
    attempt.reader.count_traffic()
    with suppress(DryRunOver):
        lifecycle.finish(dry_run, attempt, kept.in_order(), error)
        code = f", {error.code}" if error else ""
        logger.info("Dry run %s of registry %s ended%s", dry_run.pk, dry_run.registry_id, code)
