"""Figures of the overview page: totals, connections by status, and what needs attention."""

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
class NeedLine:
    registry: Registry
    held: int


@dataclass(frozen=True, slots=True)
class NeedGroup:
    """The first few of the ``count`` registries that share a need."""

    need: Need
    lines: Sequence[NeedLine]
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
    """Return failing registries, most recent success first."""
    failed = Registry.objects.filter(status=Status.ERROR)
    last = failed.order_by(F("last_sync_at").desc(nulls_last=True), "-pk")
    return last.only(*_SHOWN)[:FAILURES_SHOWN]


def needs() -> list[NeedGroup]:
    """Return registries that need attention, grouped by need; ``bans`` covers banned hosts."""
    registries = with_needs(needing_anything(Registry.objects.select_related("webhook")))
    by_need: dict[Need, list[Registry]] = {need: [] for need in Need}
    for registry in registries.only(*_SHOWN, "webhook__silent_since"):
        for need in needs_of(registry):
            by_need[need].append(registry)
    held = _held(by_need[Need.HELD][:SHOWN_OF_A_NEED])
    return [
        NeedGroup(
            need,
            [NeedLine(registry, held.get(registry.pk, 0)) for registry in found[:SHOWN_OF_A_NEED]],
            len(found),
        )
        for need, found in by_need.items()
        if found and need != Need.BANNED
    ]


def bans() -> QuerySet[Breaker]:
    return Breaker.objects.filter(banned_until__gt=Now()).order_by("-banned_until")


def late_tick() -> datetime | None:
    """Return the time of the last tick if it is so old that schedules have stalled."""
    late = Sweep.objects.filter(swept_at__lt=Now() - TICK_IS_LATE_AFTER)
    return late.values_list("swept_at", flat=True).first()


def _held(registries: Sequence[Registry]) -> Mapping[int, int]:
    """Count held removals of a few registries; each may hold as many as it has images."""
    held = Image.objects.filter(registry__in=registries, held_at__isnull=False).order_by()
    return dict(held.values_list("registry").annotate(Count("pk")))
