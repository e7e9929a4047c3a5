"""By what the feed of changes can be narrowed."""

from __future__ import annotations

from typing import ClassVar

from harborguard.api.filters import ChoiceFilter, FilterSet
from inventory.api.row_filters import RegistryFilter
from inventory.models import ImageEvent


class RegistryEventFilters(FilterSet):
    kind = ChoiceFilter(choices=ImageEvent.Kind.choices)

    class Meta:
        model = ImageEvent
        fields: ClassVar = ()


class EventFilters(RegistryEventFilters):
    registry = RegistryFilter()
