"""Detect a silent webhook: a full sync finds changes that no delivery reported."""

from __future__ import annotations

from harborguard.access.models import AuditEntry
from registries.models import Registry, Schedule, Webhook
from registries.providers import provider_for
from registries.services import LEARNER
from registries.webhook import setup
from sync.enumeration.attempt import Attempt
from sync.models import State, SyncRun, Trigger

CODE = "webhook_silent"


def warn_if_silent(attempt: Attempt) -> None:
    """Warn where a connection relies on webhooks, and changes since the last sync came without one.

    Where the connection was edited in between, the changes may come from the edit.
    """
    registry = attempt.registry
    if registry.schedule != Schedule.ON_PUSH or not _has_found_changes(attempt.run.pk):
        return
    before = _sync_before(attempt.run)
    if before is None or before.finished_at is None or _was_edited_since(before):
        return
    received = Webhook.objects.filter(registry=registry, last_received_at__gt=before.finished_at)
    if received.exists():
        return
    attempt.comparison.warn(
        CODE,
        "This sync found changes that no webhook delivery reported; none has arrived since run "
        f"{before.pk}",
        "Check that the webhook is set up at the registry with the current URL and secret, and "
        "that the registry can reach HarborGuard",
    )
    attempt.write(lambda author: setup.found_silent(author.registry_id))


def _has_found_changes(run_id: int) -> bool:
    """Return whether the run found changes that a webhook would have reported."""
    run = SyncRun.objects.select_related("registry").get(pk=run_id)
    pushes = provider_for(run.registry.provider).pushes
    if pushes is None:
        return False
    # A removal that somebody confirmed may have been reported before the sync that held it.
    reports_removals = pushes.reports_deletions and not run.confirms_removals
    return run.added + run.moved + (run.removed if reports_removals else 0) > 0


def _was_edited_since(before: SyncRun) -> bool:
    return (
        AuditEntry.objects.filter(
            action=AuditEntry.Action.REGISTRY_CHANGED,
            object_type=Registry._meta.model_name,
            object_id=before.registry_id,
            at__gt=before.started_at or before.queued_at,
        )
        .exclude(actor=LEARNER.name)
        .exists()
    )


def _sync_before(run: SyncRun) -> SyncRun | None:
    succeeded = SyncRun.objects.filter(
        registry=run.registry_id, state__in=[State.SUCCEEDED, State.PARTIAL], pk__lt=run.pk
    )
    return succeeded.exclude(trigger=Trigger.PUSH).order_by("-pk").first()
