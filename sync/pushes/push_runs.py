"""Push runs: queued when a repository or tag that a webhook named is due to be read."""

from __future__ import annotations

from django.db import transaction

from registries.models import Registry
from sync.models import SyncRun, Trigger
from sync.pushes import pending
from sync.runs import lifecycle, queue
from sync.runs.lifecycle import Claim, Result


def queue_if_due(registry_id: int) -> None:
    """Make sure that what webhooks named is read when it is due.

    Call it once pending pushes are committed, and after a run has ended: either the run has read
    them, or another one is queued here. The tick finds what gets lost on the way.
    """
    if lifecycle.has_live_run(registry_id):
        return
    wait = pending.due_in(registry_id)
    if wait == 0 and (run := request(registry_id)):
        queue.call_worker(run)
    elif wait and wait <= pending.window().total_seconds():
        queue.send("sync.pushes", registry_id, countdown=wait)


@transaction.atomic
def request(registry_id: int) -> SyncRun | None:
    """Queue a push run, or return None where nothing is due or one must not start now."""
    rows = Registry.objects.select_for_update(no_key=True).filter(pk=registry_id)
    registry = rows.first()
    if registry is None or pending.due_in(registry_id) != 0:
        return None
    return lifecycle.request_push_run(registry)


@transaction.atomic
def finish(claim: Claim, result: Result) -> None:
    """End a push run; after a failure, retry what is due later. Raise LeaseLost."""
    lifecycle.finish(claim, result)
    if result.error is not None:
        pending.postpone_all(claim.registry_id, result.error)


@transaction.atomic
def give_up(run: SyncRun) -> None:
    """End a run that has cost too many workers, whatever started it."""
    error = lifecycle.give_up(run)
    if error is not None and run.trigger == Trigger.PUSH:
        pending.postpone_all(run.registry_id, error)
