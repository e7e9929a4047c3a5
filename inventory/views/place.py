"""Where a page of a list begins, as it stands in the address: behind the row with that id."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

_ID_DIGITS = 18
Row = TypeVar("Row", bound=Model)


def place_of(request: HttpRequest, name: str = "after") -> int | None:
    """Nonsense is the beginning."""
    text = request.GET.get(name, "")
    is_id = text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS
    return int(text) if is_id else None


def row_before(request: HttpRequest, rows: QuerySet[Row]) -> Row | None:
    """The last row of the page before. One that has gone meanwhile leads to the beginning."""
    place = place_of(request)
    return rows.filter(pk=place).first() if place is not None else None
