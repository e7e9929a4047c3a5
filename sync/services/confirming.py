"""Confirming that images held as gone are to leave the inventory (decision 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from harborguard.access.actor import Actor
from inventory.models import Image
from inventory.queries import held_count
from registries.models import Registry
from sync.models import SyncRun, Trigger
from sync.runs import lifecycle
from sync.services.starting import start_sync


class NothingHeld(Exception):
    """There is nothing to confirm."""

    code = "nothing_held"

    def __init__(self, registry: Registry) -> None:
        super().__init__(f"{registry.name} has no held removals")


class NotSeen(Exception):
    """More is held than the one who confirms has been shown."""

    def __init__(self, registry: Registry) -> None:
        super().__init__(
            f"Nothing was confirmed: more images of {registry.name} are held than the page has "
            "shown. Look at them, then confirm"
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody has been shown as held: so many, at that moment."""

    count: int
    at: datetime

    def __str__(self) -> str:
        return f"{self.count} {self.at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Seen:
        """Raise ValueError."""
        count, _, at = text.partition(" ")
        try:
            return cls(int(count), datetime.fromisoformat(at).astimezone(UTC))
        except OverflowError as error:
            raise ValueError(f"No moment: {at[:40]}") from error

    @classmethod
    def now(cls, registry_id: int) -> Seen:
        """The moment comes first: what is held while the rest is read is not seen."""
        at = lifecycle.now(registry_id)
        return cls(held_count(registry_id), at)


@transaction.atomic
def confirm_removals(
    registry_id: int, *, by: Actor, seen: Seen | None = None
) -> tuple[SyncRun, int]:
    """Queue a run that asks once more for what is held, and removes what is still gone.

    Return it with the number of held images. Raise NothingHeld, SyncInProgress, or NotSeen where
    more is held than ``seen``.
    """
    registry = Registry.objects.get(pk=registry_id)
    if not held_count(registry_id):
        raise NothingHeld(registry)
    run = start_sync(registry_id, Trigger.CONFIRM, by=by, confirms_removals=True)
    # From here on the registry is locked, and nothing more is held.
    held = held_count(registry_id)
    if seen is not None and (held > seen.count or _is_held_since(registry_id, seen.at)):
        raise NotSeen(registry)
    return run, held


def _is_held_since(registry_id: int, at: datetime) -> bool:
    return Image.objects.filter(registry=registry_id, held_at__gt=at).exists()
