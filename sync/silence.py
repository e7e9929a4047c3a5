"""A webhook that tells nothing: a full sync finds what should have been pushed to us."""

from __future__ import annotations

from registries import webhooks
from registries.models import Schedule, Webhook
from sync.attempt import Attempt
from sync.models import State, SyncRun, Trigger

CODE = "webhook_silent"


def warn_if_silent(attempt: Attempt) -> None:
    """Of a connection that relies on pushes: there were changes since the sync before, and not
    one delivery."""
    registry = attempt.registry
    if registry.schedule != Schedule.ON_PUSH or not _has_found_changes(attempt.run.pk):
        return
    before = _sync_before(attempt.run)
    if before is None or before.finished_at is None:
        return
    heard = Webhook.objects.filter(registry=registry, last_received_at__gt=before.finished_at)
    if heard.exists():
        return
    attempt.warn(
        CODE,
        "This sync found changes that no push has told of: nothing has come to the webhook since "
        f"run {before.pk}",
        "Look whether the registry still has the webhook's address and secret, and reaches it",
    )
    attempt.write(lambda author: webhooks.found_silent(author.registry_id))


def _has_found_changes(run_id: int) -> bool:
    run = SyncRun.objects.only("added", "moved", "removed").get(pk=run_id)
    return run.added + run.moved + run.removed > 0


def _sync_before(run: SyncRun) -> SyncRun | None:
    ended_well = SyncRun.objects.filter(
        registry=run.registry_id, state__in=[State.SUCCEEDED, State.PARTIAL], pk__lt=run.pk
    )
    return ended_well.exclude(trigger=Trigger.PUSH).order_by("-pk").first()
