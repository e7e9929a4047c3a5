"""Confirm removals that are held for review (docs/decisions/0004)."""

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
        super().__init__(f"{registry.name} has no removals held for review")


class NotSeen(Exception):
    """More removals are held than the confirming user has seen."""

    def __init__(self, registry: Registry) -> None:
        super().__init__(
            f"Nothing was confirmed: more removals of {registry.name} are held now than the page "
            "showed. Review them, then confirm"
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """The held removals that somebody has seen: how many, and when."""

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
            raise ValueError(f"Not a time: {at[:40]}") from error

    @classmethod
    def now(cls, registry_id: int) -> Seen:
        """Take the time first: what is held while the rest is read has not been seen."""
        at = lifecycle.now(registry_id)
        return cls(held_count(registry_id), at)


@transaction.atomic
def confirm_removals(
    registry_id: int, *, by: Actor, seen: Seen | None = None
) -> tuple[SyncRun, int]:
    """Queue a run that checks the held images again, and removes those still missing.

    Return it with the number of held images. Raise NothingHeld, SyncInProgress, or NotSeen where
    more is held than ``seen``.
    """
    registry = Registry.objects.get(pk=registry_id)
    if not held_count(registry_id):
        raise NothingHeld(registry)
    run = start_sync(registry_id, Trigger.CONFIRM, by=by, confirms_removals=True)
    # The registry is locked from here on, so nothing more can be held.
    held = held_count(registry_id)
    if seen is not None and (held > seen.count or _is_held_since(registry_id, seen.at)):
        raise NotSeen(registry)
    return run, held


def _is_held_since(registry_id: int, at: datetime) -> bool:
    return Image.objects.filter(registry=registry_id, held_at__gt=at).exists()
