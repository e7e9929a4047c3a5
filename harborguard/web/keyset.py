"""Keyset pages of HTML lists: nothing is counted, and pages don't shift as rows are added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)

# Every number with this many digits fits into a BIGINT.
ID_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of rows; ``next`` is the id that the next page continues from, None at the end."""

    rows: list[Row]
    next: int | None
    is_first: bool


def parse_id(text: str) -> int | None:
    """Return the id, or None if the text is not one."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= ID_MAX_DIGITS
    return int(text) if is_id else None


def newest_first(found: QuerySet[Row], before: int | None, size: int) -> Page[Row]:
    """Return the newest rows, or those older than the row with the id ``before``."""
    if before is not None:
        found = found.filter(pk__lt=before)
    return _page(found.order_by("-pk"), size, is_first=before is None)


def oldest_first(found: QuerySet[Row], after: int | None, size: int) -> Page[Row]:
    """Return the oldest rows, or those newer than the row with the id ``after``."""
    if after is not None:
        found = found.filter(pk__gt=after)
    return _page(found.order_by("pk"), size, is_first=after is None)


def row_after(request: HttpRequest, found: QuerySet[Row]) -> Row | None:
    """Return the row that the page continues after, or None if it has been deleted."""
    pk = parse_id(request.GET.get("after", ""))
    return None if pk is None else found.filter(pk=pk).first()


def _page(found: QuerySet[Row], size: int, *, is_first: bool) -> Page[Row]:
    rows = list(found[: size + 1])
    shown = rows[:size]
    return Page(shown, shown[-1].pk if len(rows) > size else None, is_first)
