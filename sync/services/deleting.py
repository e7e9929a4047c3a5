"""Delete a connection with everything that is stored about it."""

from __future__ import annotations

from django.db import transaction

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from inventory import services
from registries.models import Registry
from sync.dry_runs import lifecycle as dry_runs
from sync.models import DryRun, PushDelivery, SyncRun


@transaction.atomic
def delete_registry(registry: Registry, *, by: Actor) -> None:
    """Delete the connection, its runs and its part of the inventory.

    Its live run is fenced off first, so that its worker writes nothing more. Raise
    Registry.DoesNotExist for the second of two who delete it at the same time.
    """
    if not Registry.objects.filter(pk=registry.pk).fence_off():
        raise Registry.DoesNotExist
    audit.record(
        AuditEntry.Action.REGISTRY_DELETED,
        by=by,
        on=registry,
        changes={"url": (registry.url, None), "images": (registry.image_count, None)},
    )
    services.forget(registry.pk)
    deliveries = PushDelivery.objects.filter(registry=registry)
    deliveries._raw_delete(deliveries.db)
    SyncRun.objects.filter(registry=registry).delete()
    dry_runs.delete_all(registry.pk)
    registry.delete()


@transaction.atomic
def delete_dry_run(dry_run: DryRun, *, by: Actor, only_live: bool = False) -> bool:
    """Delete a dry run; its worker, if it has one, stops. Return whether it was there."""
    deleted = dry_runs.delete(dry_run, only_live=only_live)
    if deleted:
        audit.record(
            AuditEntry.Action.DRY_RUN_DELETED,
            by=by,
            on=dry_run.registry,
            changes={"dry_run": (dry_run.pk, None)},
        )
    return deleted
