"""A webhook that tells nothing: a full sync finds what should have been pushed to us."""

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
    """Of a connection that relies on pushes: there were changes since the sync before, and not
    one delivery.

    Where the connection was edited in between, they may be changes of what is read alone.
    """
    registry = attempt.registry
    if registry.schedule != Schedule.ON_PUSH or not _has_found_changes(attempt.run.pk):
        return
    before = _sync_before(attempt.run)
    if before is None or before.finished_at is None or _was_edited_since(before):
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
    attempt.write(lambda author: setup.found_silent(author.registry_id))


def _has_found_changes(run_id: int) -> bool:
    """Such as a push would have told of."""
    run = SyncRun.objects.select_related("registry").get(pk=run_id)
    pushes = provider_for(run.registry.provider).pushes
    if pushes is None:
        return False
    # What a person has confirmed may have been told of before the sync that held it.
    are_told = pushes.tells_deletes and not run.confirms_removals
    return run.added + run.moved + (run.removed if are_told else 0) > 0


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
    ended_well = SyncRun.objects.filter(
        registry=run.registry_id, state__in=[State.SUCCEEDED, State.PARTIAL], pk__lt=run.pk
    )
    return ended_well.exclude(trigger=Trigger.PUSH).order_by("-pk").first()
