"""What the product must be told of a connection, as its provider declares it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_TEXT = {"type": "string"}


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"oneOf": [_TEXT, {"type": "array", "items": _TEXT}]},
        "description": "By the names that `/api/providers` tells under `options`: a text, or a "
        "list of texts. Given, they replace all that were set.",
        "example": {"namespaces": ["acme", "library"]},
    }
)
class OptionsField(serializers.Field):  # type: ignore[type-arg]  # not generic at run time
    """What they may hold is the model's to say: it depends on the provider."""

    default_error_messages = {"invalid": "Give an object of names and values."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value
