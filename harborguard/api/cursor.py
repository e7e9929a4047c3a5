"""Cursors: positions in a list that callers pass back. Opaque to them, and never trusted."""

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
    """A row, by its value in the ordering column and its id, and the side of it to read."""

    ordering: Ordering
    before: bool
    value: Any
    row_id: int

    @classmethod
    def at(cls, row: Any, ordering: Ordering, *, before: bool) -> Cursor:
        return cls(ordering, before, getattr(row, ordering.column), row.pk)

    @classmethod
    def parse(cls, text: str, ordering: Ordering, field: Field[Any, Any]) -> Cursor:
        """Parse a cursor of this ordering. Raise ValidationError if we did not write it for this
        one.

        ``field`` is the ordering column's.
        """
        wrong = ValidationError({"cursor": ["Not a cursor of this list. Start without one."]})
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
    """Return the value for the database. Raises many kinds of error for an invalid one."""
    if not isinstance(text, str) or "\0" in text:
        raise ValueError
    text.encode()  # a lone surrogate is not valid text
    value = field.clean(text, None)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError
        return value.astimezone(UTC)
    return value
