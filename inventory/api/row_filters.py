"""``?registry=7``: an id that is not there is refused; it would look like an empty registry."""

from __future__ import annotations

from typing import Any

import django_filters

from harborguard.api.filters import Documented
from inventory.models import Repository
from registries.models import Registry


class _RowFilter(Documented, django_filters.ModelChoiceFilter):  # type: ignore[misc]  # not typed
    def __init__(self, what: str, **kwargs: Any) -> None:
        super().__init__(
            schema={"type": "integer", "minimum": 1},
            error_messages={"invalid_choice": f"There is no such {what}."},
            help_text=f"The id of a {what}.",
            **kwargs,
        )


class RegistryFilter(_RowFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__("registry", queryset=Registry.objects.only("pk"), **kwargs)


class RepositoryFilter(_RowFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__("repository", queryset=Repository.objects.only("pk"), **kwargs)
