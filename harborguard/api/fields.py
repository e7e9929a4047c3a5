"""REST framework's fields without its leniency: 5 is not a string and "yes" not a boolean.

No error repeats what was sent: it may be a secret in the wrong place.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from harborguard.api.instant import NO_INSTANT, instant_of


class StringField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class BooleanField(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class StringListField(serializers.ListField):
    """A list of strings. Its length is checked first: REST framework validates each item first."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        self.most = max_length
        super().__init__(child=StringField(), max_length=max_length, **kwargs)

    def run_child_validation(self, data: Any) -> Any:
        if len(data) > self.most:
            self.fail("max_length", max_length=self.most)
        return super().run_child_validation(data)


class ChoiceField(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            choices = ", ".join(map(str, self.choices))
            raise serializers.ValidationError(f"Not one of: {choices}.", code="invalid_choice")
        return super().to_internal_value(data)


class InstantField(serializers.DateTimeField):
    def to_internal_value(self, data: Any) -> datetime:
        instant = instant_of(data) if isinstance(data, str) else None
        if instant is None:
            raise serializers.ValidationError(NO_INSTANT, code="invalid")
        return instant


class TextOrNull(serializers.CharField):
    """A read-only string: null for the empty string that the database stores."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) or None


class ChoiceOrNull(serializers.ChoiceField):
    """A read-only choice: null for the empty string that the database stores."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) or None
