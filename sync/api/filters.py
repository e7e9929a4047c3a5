"""Filters of the lists of registries, runs, dry runs and webhook deliveries."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Q, QuerySet

from harborguard.api.filters import ChoiceFilter, FilterSet, InstantFilter, TextFilter
from inventory.api.filters import RegistryFilter
from inventory.models import RemovedReason
from registries.models import Registry, Schedule, Status
from registries.providers import PROVIDERS
from sync.models import (
    DRY_RUN_STATES,
    DryRun,
    DryRunChange,
    PushDelivery,
    State,
    SyncRun,
    Trigger,
    Verdict,
)


class RegistryFilters(FilterSet):
    name = TextFilter(
        lookup_expr="icontains", max_length=200, help_text="Part of the name, case-insensitive."
    )
    provider = ChoiceFilter(choices=[(slug, known.name) for slug, known in PROVIDERS.items()])
    status = ChoiceFilter(choices=Status.choices)
    schedule = ChoiceFilter(choices=Schedule.choices)
    search = TextFilter(
        method="containing",
        max_length=200,
        help_text="Part of the name or URL, case-insensitive.",
    )

    class Meta:
        model = Registry
        fields: ClassVar = ()

    def containing(self, found: QuerySet[Registry], name: str, text: str) -> QuerySet[Registry]:
        return found.filter(Q(name__icontains=text) | Q(url__icontains=text))


class RegistryRunFilters(FilterSet):
    state = ChoiceFilter(choices=State.choices)
    trigger = ChoiceFilter(choices=Trigger.choices)
    queued_since = InstantFilter(
        field_name="queued_at", lookup_expr="gte", help_text="For example, `2026-03-01T08:00:00Z`."
    )

    class Meta:
        model = SyncRun
        fields: ClassVar = ()


class DeliveryFilters(FilterSet):
    verdict = ChoiceFilter(choices=Verdict.choices)
    since = InstantFilter(
        field_name="received_at",
        lookup_expr="gte",
        help_text="For example, `2026-03-01T08:00:00Z`.",
    )

    class Meta:
        model = PushDelivery
        fields: ClassVar = ()


class DryRunFilters(FilterSet):
    state = ChoiceFilter(choices=DRY_RUN_STATES)

    class Meta:
        model = DryRun
        fields: ClassVar = ()


class DryRunChangeFilters(FilterSet):
    kind = ChoiceFilter(choices=DryRunChange.Kind.choices)
    reason = ChoiceFilter(choices=RemovedReason.choices)
    search = TextFilter(
        method="containing",
        max_length=200,
        help_text="Part of the repository's name or the tag, case-insensitive.",
    )

    class Meta:
        model = DryRunChange
        fields: ClassVar = ()

    def containing(
        self, found: QuerySet[DryRunChange], name: str, text: str
    ) -> QuerySet[DryRunChange]:
        return found.filter(Q(repository__icontains=text) | Q(tag__icontains=text))


class RunFilters(RegistryRunFilters):
    registry = RegistryFilter()
