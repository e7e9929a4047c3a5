"""``?registry=7``: an id that is not there is refused; it would look like an empty registry."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema_field

from inventory.models import Repository
from registries.models import Registry

_ID = {"type": "integer", "minimum": 1}


@extend_schema_field(_ID)
class RegistryFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # not typed
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Registry.objects.only("pk"),
            error_messages={"invalid_choice": "There is no such registry."},
            help_text="The id of a registry.",
            **kwargs,
        )


@extend_schema_field(_ID)
class RepositoryFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # not typed
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Repository.objects.only("pk"),
            error_messages={"invalid_choice": "There is no such repository."},
            help_text="The id of a repository.",
            **kwargs,
        )
