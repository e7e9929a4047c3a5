"""Messages to the workers: a task's name and the id of what it works on.

The database is the queue (docs/decisions/0001). A message only saves the wait for the next tick,
so losing one costs seconds.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

from harborguard.access.models import User
from harborguard.clock import Now
from sync.models import SyncRun, Trigger
from sync.models.run import AbstractRun
from sync.runs import lifecycle

logger = logging.getLogger(__name__)

# A broker that is down or frozen must not keep a caller waiting: the tick sends the message again.
_SEND_TIMEOUT_SECONDS = 1
_CALL_AGAIN_AFTER = timedelta(seconds=30)

R = TypeVar("R", bound=AbstractRun)


def enqueue(
    registry_id: int,
    trigger: Trigger,
    *,
    user: User | None = None,
    confirms_removals: bool = False,
) -> SyncRun:
    """Queue a run and call a worker once it is committed. Raise SyncInProgress.

    Works while the broker is down.
    """
    with transaction.atomic():
        run = lifecycle.request(
            registry_id, trigger, user=user, confirms_removals=confirms_removals
        )
        transaction.on_commit(partial(call_worker, run))
    return run


def not_called_lately(runs: QuerySet[R]) -> QuerySet[R]:
    """Filter the runs whose worker was called so long ago that the message may be lost."""
    return runs.filter(rung_at__lt=Now() - _CALL_AGAIN_AFTER)


def claim_call(run: AbstractRun) -> bool:
    """Return whether it falls to the caller, and to nobody else, to call a worker again."""
    runs = type(run)._default_manager.filter(pk=run.pk)
    return bool(not_called_lately(runs).update(rung_at=Now()))


def call_worker(run: SyncRun) -> None:
    """Call a worker for a queued run. Push runs have a queue of their own: syncs may take hours."""
    queue = "push" if run.trigger == Trigger.PUSH else "sync"
    send("sync.run", run.pk, queue=queue)


def call_worker_for_dry_run(dry_run_id: int) -> None:
    send("sync.dry_run", dry_run_id)


def send(task: str, object_id: int, **options: Any) -> None:
    """Send a message within about a second, or log why not."""
    transport = {
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "socket_timeout": _SEND_TIMEOUT_SECONDS,
        "socket_connect_timeout": _SEND_TIMEOUT_SECONDS,
        "max_retries": 1,
        "interval_start": 0,
        "connect_retries_timeout": _SEND_TIMEOUT_SECONDS,
    }
    try:
        with current_app.connection_for_write(transport_options=transport) as connection:
            current_app.send_task(task, (object_id,), connection=connection, retry=False, **options)
    except (OperationalError, OSError) as error:
        logger.warning("%s %s waits for the next tick: no broker: %s", task, object_id, error)
