"""A place in a list, as callers carry it: opaque to them, and never trusted when it is back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import Field
from rest_framework.exceptions import ValidationError

from harborguard.api.ordering import Ordering

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row, by its value in the order's column and its id, and on which side of it to read."""

    ordering: Ordering
    before: bool
    value: Any
    row_id: int

    @classmethod
    def at(cls, row: Any, ordering: Ordering, *, before: bool) -> Cursor:
        return cls(ordering, before, getattr(row, ordering.column), row.pk)

    @classmethod
    def parse(cls, text: str, ordering: Ordering, field: Field[Any, Any]) -> Cursor:
        """Raise ValidationError if we did not write it, or wrote it for another order.

        ``field`` is that of the order's column.
        """
        wrong = ValidationError({"cursor": ["Not a cursor of this list; start without one."]})
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            order, before, value, row_id = json.loads(base64.urlsafe_b64decode(padded))
            if order != str(ordering) or type(row_id) is not int or not 0 < row_id <= _LARGEST_ID:
                raise wrong
            return cls(ordering, bool(before), _value(value, field), row_id)
        except (ValueError, TypeError, OverflowError, RecursionError, InvalidValue):
            raise wrong from None

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else str(self.value)
        text = json.dumps([str(self.ordering), int(self.before), value, self.row_id])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _value(text: Any, field: Field[Any, Any]) -> Any:
    """As the database takes it. Raise one of many errors where it would not."""
    if not isinstance(text, str) or "\0" in text:
        raise ValueError
    text.encode()  # a lone surrogate is no text
    value = field.clean(text, None)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError
        return value.astimezone(UTC)
    return value
