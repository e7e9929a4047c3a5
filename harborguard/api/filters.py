"""Filters of lists, by django-filter: names in camelCase, every value checked."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field

from harborguard.api.naming import camel

_LARGEST_ID = 2**63 - 1


class FilterSet(django_filters.FilterSet):  # type: ignore[misc]  # the library is not typed
    @classmethod
    def get_filters(cls) -> OrderedDict[str, django_filters.Filter]:
        return OrderedDict((camel(name), found) for name, found in super().get_filters().items())


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": _LARGEST_ID})
class IdFilter(django_filters.Filter):  # type: ignore[misc]  # the library is not typed
    """The id of a row; whatever is none is refused."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=_LARGEST_ID, **kwargs)


@extend_schema_field({"type": "boolean"})
class TrueFalseFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]  # not typed
    """``true`` or ``false``, nothing else: the library's own takes any other word for neither."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(*args, choices=choices, coerce=lambda word: word == "true", **kwargs)


class _InstantField(forms.CharField):
    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        try:
            instant = parse_datetime(text)
            if instant is not None and instant.tzinfo is not None:
                return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        if not text:
            return None
        raise ValidationError(
            # No per cent sign: django-filter formats the text.
            "Write the time with its zone, best with a Z, such as 2026-01-31T12:00:00Z."
        )


@extend_schema_field({"type": "string", "format": "date-time"})
class InstantFilter(django_filters.Filter):  # type: ignore[misc]  # the library is not typed
    """A point in time. Without its zone it would mean another one to everybody."""

    field_class = _InstantField


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # the library is not typed
    """What a filter refuses is told per parameter; ``views.Resource`` refuses unknown ones."""
