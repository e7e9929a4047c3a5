"""Deleting a connection, with everything that is known of it."""

from __future__ import annotations

from django.db import transaction

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from inventory import services
from registries.models import Registry
from sync.dry_runs import lifecycle
from sync.models import PushDelivery, SyncRun


@transaction.atomic
def delete_registry(registry: Registry, *, by: Actor) -> None:
    """Shut its run out first; a worker that is at it writes nothing more.

    Raise Registry.DoesNotExist for the second of two who delete it at the same time.
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
    lifecycle.forget(registry.pk)
    registry.delete()
