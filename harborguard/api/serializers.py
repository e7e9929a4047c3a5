"""Serializers with snake_case fields in code and camelCase in JSON that refuse unknown fields: a
misspelled field must not look accepted."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, ClassVar

from django.db import models
from django.utils.functional import cached_property
from rest_framework import serializers

from harborguard.api.fields import BooleanField, ChoiceField, StringField
from harborguard.api.naming import camel

_UNKNOWN = "Unknown field."
_READ_ONLY = "This field is read-only."
_LONGEST_NAME = 100
# Enough to see what went wrong; listing more costs more than sending it.
_MOST_UNKNOWN = 20


class Strict:
    @cached_property
    def _readable_fields(self) -> list[serializers.Field[Any, Any, Any, Any]]:
        """Cached: REST framework looks them up for every row, a third of a list's cost."""
        fields: Mapping[str, Any] = self.fields  # type: ignore[attr-defined]  # of a Serializer
        return [field for field in fields.values() if not field.write_only]

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields: dict[str, Any] = super().get_fields()  # type: ignore[misc]  # of a Serializer
        for name, field in fields.items():
            if field.source is None and camel(name) != name:
                field.source = name
        return {camel(name): field for name, field in fields.items()}

    def to_internal_value(self, data: Any) -> Any:
        """Report all errors at once, unknown fields beside invalid ones, unless so many are unknown
        that it is another kind of body."""
        wrong = self._unknown(data) if isinstance(data, Mapping) else {}
        if len(wrong) == _MOST_UNKNOWN:
            raise serializers.ValidationError(wrong)
        try:
            values = super().to_internal_value(data)  # type: ignore[misc]  # of a Serializer
        except serializers.ValidationError as error:
            if wrong and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **wrong}) from None
            raise
        if wrong:
            raise serializers.ValidationError(wrong)
        return values

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        fields: Mapping[str, Any] = self.fields  # type: ignore[attr-defined]  # of a Serializer
        found = (name for name in data if name not in fields or fields[name].read_only)
        return {
            ascii(name)[1:-1][:_LONGEST_NAME]: [_READ_ONLY if name in fields else _UNKNOWN]
            for name in islice(found, _MOST_UNKNOWN)
        }


class Serializer(Strict, serializers.Serializer[Any]):
    pass


class ModelSerializer(Strict, serializers.ModelSerializer[Any]):
    serializer_field_mapping: ClassVar = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: StringField,
        models.TextField: StringField,
        models.BooleanField: BooleanField,
    }
    serializer_choice_field = ChoiceField


class NothingSerializer(Serializer):
    """The body of a request without content: empty, or an empty object."""
