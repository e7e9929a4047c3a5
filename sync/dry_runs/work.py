"""One dry run, from its claim to its end; and one of which nothing is kept at all.

The registry is read as for a sync: the same steps, connection, limits, addresses and login.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import suppress

from structlog.contextvars import bound_contextvars

from registries.connection import connection_to
from registries.errors import InternalError, RegistryError
from sync.dry_runs import lifecycle
from sync.dry_runs.kept_differences import KeptDifferences
from sync.dry_runs.lifecycle import DryRunOver
from sync.dry_runs.proposal import with_proposal
from sync.enumeration.pipeline import DATABASE_LOST
from sync.enumeration.rehearsal import Rehearsal
from sync.enumeration.steps import read_all
from sync.models import DryRun
from sync.runs.lifecycle import Progress

logger = logging.getLogger(__name__)

ROWS_KEPT = 10_000


def carry_out(dry_run_id: int) -> None:
    """Do it, if it is to be had."""
    with bound_contextvars(dry_run_id=dry_run_id):
        try:
            taken = lifecycle.claim(dry_run_id)
        except DATABASE_LOST:
            logger.exception("Dry run %s could not be claimed; the tick tries again", dry_run_id)
            return
        if taken is not None:
            with bound_contextvars(registry_id=taken.registry_id):
                _work(taken)


def rehearse(rehearsal: Rehearsal) -> Generator[Progress]:
    """Read the registry. Raise RegistryError, and whatever ``keep_on`` of the rehearsal does."""
    with connection_to(rehearsal.registry) as (client, limits):
        rehearsal.clients.append(client)
        rehearsal.limits.append(limits)
        yield from read_all(client, rehearsal)


def _work(taken: DryRun) -> None:
    kept = KeptDifferences(ROWS_KEPT)
    registry = with_proposal(taken.registry, taken.proposed)
    rehearsal = Rehearsal(registry, tell=kept.add, keep_on=_keeper_of(taken))
    try:
        for _ in rehearse(rehearsal):
            pass
        _finish(taken, rehearsal, kept)
    except DryRunOver as over:
        logger.warning("%s: nothing more is done for it", over)
    except RegistryError as error:
        _finish(taken, rehearsal, kept, error)
    except DATABASE_LOST:
        logger.exception("Dry run %s lost its database; it is given up in a while", taken.pk)
    except Exception:
        logger.exception("Dry run %s stopped at a fault of ours", taken.pk)
        fault = InternalError("Internal error: the dry run stopped at a fault in HarborGuard")
        _finish(taken, rehearsal, kept, fault)
    except BaseException:
        lifecycle.release(taken)
        raise


def _keeper_of(taken: DryRun) -> Callable[[Rehearsal], None]:
    return lambda rehearsal: lifecycle.renew(taken, rehearsal)


def _finish(
    taken: DryRun,
    rehearsal: Rehearsal,
    kept: KeptDifferences,
    error: RegistryError | None = None,
) -> None:
    rehearsal.count_traffic()
    with suppress(DryRunOver):
        lifecycle.finish(taken, rehearsal, kept.in_order(), error)
        code = f", {error.code}" if error else ""
        logger.info("Dry run %s of registry %s ended%s", taken.pk, taken.registry_id, code)
