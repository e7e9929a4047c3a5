"""Connect a registry or change a connection, and schedule its syncs."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from harborguard.access.actor import Actor
from registries import services
from registries.models import Registry
from registries.providers import provider_for
from registries.services import KEPT, Change, Kept
from registries.transport.endpoint import Credential as Login
from registries.transport.origin import Origin
from registries.webhook import setup
from sync.models import SyncRun, Trigger
from sync.runs import lifecycle, queue


@transaction.atomic
def connect(
    *, by: Actor, first_sync: bool = True, login: Login | None = None, **fields: Any
) -> tuple[Registry, SyncRun | None]:
    """Save the connection, schedule it and, by default, queue its first sync: all or nothing.

    Raise ValidationError naming each wrong field.
    """
    registry = services.connect(by=by, login=login, **fields)
    if provider_for(registry.provider).sends_webhooks_from(Origin.parse(registry.url)):
        setup.webhook_of(registry)
    lifecycle.reschedule(registry.pk)
    if not first_sync:
        return registry, None
    return registry, queue.enqueue(registry.pk, Trigger.CONNECT, user=by.user)


@transaction.atomic
def change(
    registry_id: int, *, by: Actor, login: Login | Kept | None = KEPT, **fields: Any
) -> Change:
    """Change a connection and reschedule it. Raise ValidationError naming each wrong field."""
    changed = services.change(registry_id, by=by, login=login, **fields)
    if "provider" in changed.fields:
        setup.forget(registry_id)
    if login is not KEPT or "schedule" in changed.fields:
        lifecycle.reschedule(registry_id, forget_failures=True)
    return changed
