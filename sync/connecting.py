"""Connecting a registry: saved, scheduled and, by default, synced for the first time."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from harborguard.access.models import User
from registries import services
from registries.models import Registry
from sync import lifecycle, tasks
from sync.models import SyncRun, Trigger


@transaction.atomic
def connect(
    *, user: User | None = None, first_sync: bool = True, **fields: Any
) -> tuple[Registry, SyncRun | None]:
    """All of it or nothing. Raise ValidationError that names each wrong field."""
    registry = services.connect(**fields)
    lifecycle.reschedule(registry.pk)
    if not first_sync:
        return registry, None
    return registry, tasks.start_sync(registry.pk, Trigger.CONNECT, user=user)
