"""List filters with django-filter: camelCase names, every value validated."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field

from harborguard.api.instant import NO_INSTANT, instant_of
from harborguard.api.naming import camel

_LARGEST_ID = 2**63 - 1


class FilterSet(django_filters.FilterSet):  # type: ignore[misc]  # the library is not typed
    @classmethod
    def get_filters(cls) -> OrderedDict[str, django_filters.Filter]:
        return OrderedDict((camel(name), found) for name, found in super().get_filters().items())


class Documented:
    """A filter with an explicit schema, for which drf-spectacular would drop the help text."""

    extra: Mapping[str, Any]

    def __init__(self, *args: Any, schema: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        described = {**schema, "description": self.extra.get("help_text", "")}
        extend_schema_field(described)(self)  # type: ignore[type-var]  # an instance will do


class _NamesChoices:
    """An invalid choice is answered with the valid ones."""

    def __init__(self, *args: Any, choices: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        listed = list(choices)
        words = ", ".join(str(value) for value, _ in listed)
        messages = {"invalid_choice": f"Not one of: {words}."}
        super().__init__(*args, choices=listed, error_messages=messages, **kwargs)  # type: ignore[call-arg]  # of a filter


class ChoiceFilter(_NamesChoices, django_filters.ChoiceFilter):  # type: ignore[misc]  # not typed
    pass


class TypedChoiceFilter(_NamesChoices, django_filters.TypedChoiceFilter):  # type: ignore[misc]  # not typed
    pass


class _IdField(forms.IntegerField):
    """An id as we write it: no sign, no spaces, no other digits."""

    def to_python(self, value: Any) -> int | None:
        if value and not (value.isascii() and value.isdecimal()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class IdFilter(Documented, django_filters.Filter):  # type: ignore[misc]  # not typed
    """Filters by the id of a row."""

    field_class = _IdField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        schema = {"type": "integer", "minimum": 1, "maximum": _LARGEST_ID}
        super().__init__(*args, schema=schema, min_value=1, max_value=_LARGEST_ID, **kwargs)


class TextFilter(Documented, django_filters.CharFilter):  # type: ignore[misc]  # not typed
    """Filters by text as it is: stripping a blank one would turn it into no filter."""

    def __init__(self, *args: Any, max_length: int, **kwargs: Any) -> None:
        schema = {"type": "string", "maxLength": max_length}
        super().__init__(*args, schema=schema, max_length=max_length, strip=False, **kwargs)


class TrueFalseFilter(Documented, TypedChoiceFilter):
    """``true`` or ``false``: the library's own filter ignores any other word."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            *args,
            schema={"type": "boolean"},
            choices=[("true", "true"), ("false", "false")],
            coerce=lambda word: word == "true",
            **kwargs,
        )


class _InstantField(forms.CharField):
    def clean(self, value: Any) -> datetime | None:
        if not value:
            return None
        instant = instant_of(super().clean(value))
        if instant is None:
            raise ValidationError(NO_INSTANT)
        return instant


class InstantFilter(Documented, django_filters.Filter):  # type: ignore[misc]  # not typed
    """Filters by a time, which needs a time zone."""

    field_class = _InstantField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, schema={"type": "string", "format": "date-time"}, **kwargs)
