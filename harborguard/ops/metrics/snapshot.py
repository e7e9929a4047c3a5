"""The data of the metrics, read with as many queries for one registry as for a thousand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Sum

from harborguard.ops.backlog import Backlog
from inventory.models import Image
from registries.models import Registry, Webhook
from sync.models import LIVE_STATES, PendingPush, Sweep, SyncRun, Trigger


@dataclass(frozen=True, slots=True)
class Ended:
    """The finished runs of one registry, by outcome."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    registries: list[Registry]
    ended: dict[tuple[int, str], Ended]
    held_removals: dict[int, int]
    pending_pushes: dict[int, int]
    last_pushes: dict[int, datetime]
    backlog: Backlog
    swept_at: datetime | None

    @classmethod
    def take(cls) -> Snapshot:
        with _one_moment():
            return cls(
                registries=_registries(),
                ended=_ended(),
                held_removals=_held_removals(),
                pending_pushes=_pending_pushes(),
                last_pushes=_last_pushes(),
                backlog=Backlog.read(),
                swept_at=Sweep.objects.values_list("swept_at", flat=True).first(),
            )


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read all queries from one snapshot, without blocking anybody.

    On SQLite a transaction would take the only write lock, so each query stands alone.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _registries() -> list[Registry]:
    return list(
        Registry.objects.order_by("name").only(
            "name",
            "status",
            "health",
            "last_sync_at",
            "consecutive_failures",
            "repository_count",
            "image_count",
        )
    )


def _ended() -> dict[tuple[int, str], Ended]:
    duration = ExpressionWrapper(F("finished_at") - F("started_at"), DurationField())
    rows = (
        SyncRun.objects.exclude(state__in=LIVE_STATES)
        .exclude(trigger=Trigger.PUSH)
        .order_by()
        .values_list("registry_id", "state")
        .annotate(count=Count("pk"), total=Sum(duration))
    )
    return {
        (registry_id, state): Ended(count, (total or timedelta()).total_seconds())
        for registry_id, state, count, total in rows
    }


def _pending_pushes() -> dict[int, int]:
    pending = PendingPush.objects.filter(due_at__isnull=False).order_by()
    return dict(pending.values_list("registry_id").annotate(count=Count("pk")))


def _last_pushes() -> dict[int, datetime]:
    rows = Webhook.objects.values_list("registry_id", "last_received_at")
    return {registry_id: at for registry_id, at in rows if at is not None}


def _held_removals() -> dict[int, int]:
    held = Image.objects.filter(held_at__isnull=False).order_by()
    return dict(held.values_list("registry_id").annotate(count=Count("pk")))
