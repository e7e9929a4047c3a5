"""``?registry=7``: an id that is not there is refused; it would look like an empty registry."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django_filters.fields import ModelChoiceField

from harborguard.api.filters import Documented
from inventory.models import Repository
from registries.models import Registry


class _RowField(ModelChoiceField):  # type: ignore[misc]  # the library is not typed
    """A database reads more than digits as a number: " 7", or 7 in another script."""

    def to_python(self, value: Any) -> Any:
        if value and not (value.isascii() and value.isdecimal()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)


class _RowFilter(Documented, django_filters.ModelChoiceFilter):  # type: ignore[misc]  # not typed
    field_class = _RowField

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
