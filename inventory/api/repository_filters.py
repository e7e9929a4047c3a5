"""By what the list of repositories can be narrowed."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet

from harborguard.api.filters import FilterSet, TextFilter
from inventory.api.removed_filter import RemovedFilter, in_inventory
from inventory.api.row_filters import RegistryFilter
from inventory.models import Repository
from registries.oci.reference import REPOSITORY_MAX_LENGTH


class RepositoryFilters(FilterSet):
    registry = RegistryFilter()
    name = TextFilter(max_length=REPOSITORY_MAX_LENGTH, help_text="The whole name.")
    search = TextFilter(
        max_length=REPOSITORY_MAX_LENGTH, method="containing", help_text="A part of the name."
    )
    removed = RemovedFilter()

    class Meta:
        model = Repository
        fields: ClassVar = ()

    def containing(self, found: QuerySet[Repository], name: str, text: str) -> QuerySet[Repository]:
        return found.filter(name__contains=text.lower())

    def filter_queryset(self, queryset: QuerySet[Repository]) -> QuerySet[Repository]:
        found: QuerySet[Repository] = super().filter_queryset(queryset)
        return found.filter(in_inventory(self.form.cleaned_data["removed"]))
