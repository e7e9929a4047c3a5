"""How everything is at a glance: totals, connections by status, and what needs a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum

from harborguard.clock import Now
from inventory.models import Image
from registries.models import Breaker, Registry, Status
from sync.dashboard.attention import Need, needing_anything, needs_of, with_needs
from sync.dashboard.registry_order import URGENCY
from sync.models import Sweep

FAILURES_SHOWN = 5
SHOWN_OF_A_NEED = 4
TICK_IS_LATE_AFTER = timedelta(minutes=5)

_SHOWN = ("name", "status", "schedule", "created_at", "last_sync_at", "error_message", "error_hint")


@dataclass(frozen=True, slots=True)
class Totals:
    registries: int
    repositories: int
    images: int
    statuses: Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class Line:
    registry: Registry
    held: int


@dataclass(frozen=True, slots=True)
class Needed:
    """``lines`` tell of the first of ``count`` registries that have one need."""

    need: Need
    lines: Sequence[Line]
    count: int


def totals() -> Totals:
    by_status = {status.name: Count("pk", filter=Q(status=status)) for status in URGENCY}
    found = Registry.objects.aggregate(
        registries=Count("pk"),
        repositories=Sum("repository_count", default=0),
        images=Sum("image_count", default=0),
        **by_status,
    )
    statuses = {status: found.pop(status.name) for status in URGENCY}
    return Totals(**found, statuses=statuses)


def failures() -> QuerySet[Registry]:
    """What broke last comes first."""
    failed = Registry.objects.filter(status=Status.ERROR)
    last = failed.order_by(F("last_sync_at").desc(nulls_last=True), "-pk")
    return last.only(*_SHOWN)[:FAILURES_SHOWN]


def needed() -> list[Needed]:
    """What needs a person, by need; a host that bans us is told of by ``bans``."""
    registries = with_needs(needing_anything(Registry.objects.select_related("webhook")))
    by_need: dict[Need, list[Registry]] = {need: [] for need in Need}
    for registry in registries.only(*_SHOWN, "webhook__silent_since"):
        for need in needs_of(registry):
            by_need[need].append(registry)
    held = _held(by_need[Need.HELD][:SHOWN_OF_A_NEED])
    return [
        Needed(
            need,
            [Line(one, held.get(one.pk, 0)) for one in found[:SHOWN_OF_A_NEED]],
            len(found),
        )
        for need, found in by_need.items()
        if found and need != Need.BANNED
    ]


def bans() -> QuerySet[Breaker]:
    return Breaker.objects.filter(banned_until__gt=Now()).order_by("-banned_until")


def late_tick() -> datetime | None:
    """When the tick last got through, if that is so long ago that schedules stand still."""
    late = Sweep.objects.filter(swept_at__lt=Now() - TICK_IS_LATE_AFTER)
    return late.values_list("swept_at", flat=True).first()


def _held(registries: Sequence[Registry]) -> Mapping[int, int]:
    """Of few: a registry may hold as many removals as it has images."""
    held = Image.objects.filter(registry__in=registries, held_at__isnull=False).order_by()
    return dict(held.values_list("registry").annotate(Count("pk")))
