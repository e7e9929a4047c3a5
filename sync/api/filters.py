"""By what the lists of registries and of runs can be narrowed."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet

from harborguard.api.filters import FilterSet, InstantFilter
from inventory.api.row_filters import RegistryFilter
from registries.models import Registry, Schedule, Status
from registries.providers import PROVIDERS
from sync.models import State, SyncRun, Trigger


class RegistryFilters(FilterSet):
    name = django_filters.CharFilter(
        lookup_expr="icontains", help_text="A part of the name, in either case."
    )
    provider = django_filters.ChoiceFilter(
        choices=[(slug, known.name) for slug, known in PROVIDERS.items()]
    )
    status = django_filters.ChoiceFilter(choices=Status.choices)
    schedule = django_filters.ChoiceFilter(choices=Schedule.choices)
    search = django_filters.CharFilter(
        method="having", help_text="A part of the name or of the URL, in either case."
    )

    class Meta:
        model = Registry
        fields: ClassVar = ()

    def having(self, found: QuerySet[Registry], name: str, text: str) -> QuerySet[Registry]:
        return found.filter(Q(name__icontains=text) | Q(url__icontains=text))


class RegistryRunFilters(FilterSet):
    state = django_filters.ChoiceFilter(choices=State.choices)
    trigger = django_filters.ChoiceFilter(choices=Trigger.choices)
    queued_since = InstantFilter(
        field_name="queued_at", lookup_expr="gte", help_text="Such as `2026-03-01T08:00:00Z`."
    )

    class Meta:
        model = SyncRun
        fields: ClassVar = ()


class RunFilters(RegistryRunFilters):
    registry = RegistryFilter()
