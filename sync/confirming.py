"""Confirming that images held as gone are to leave the inventory (decision 8)."""

from __future__ import annotations

from harborguard.access.actor import Actor
from inventory.services import held_count
from registries.models import Registry
from sync import tasks
from sync.models import SyncRun, Trigger


class NothingHeld(Exception):
    """There is nothing to confirm."""

    code = "nothing_held"

    def __init__(self, registry: Registry) -> None:
        super().__init__(f"{registry.name} has no held removals")


def confirm_removals(registry_id: int, *, by: Actor) -> tuple[SyncRun, int]:
    """Queue a run that asks once more for what is held, and removes what is still gone.

    Return it with the number of held images. Raise NothingHeld or SyncInProgress.
    """
    registry = Registry.objects.get(pk=registry_id)
    held = held_count(registry_id)
    if not held:
        raise NothingHeld(registry)
    run = tasks.start_sync(registry_id, Trigger.CONFIRM, by=by, confirms_removals=True)
    return run, held
