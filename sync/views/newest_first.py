"""Keyset pages, newest first: nothing is counted, and pages don't shift as rows are added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

T = TypeVar("T", bound=Model)

LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """A page; ``older`` is where the next one begins, or None at the end."""

    shown: list[T]
    older: int | None
    is_newest: bool


def newest_first(request: HttpRequest, found: QuerySet[T], most: int) -> Rows[T]:
    before = request.GET.get("before", "")
    is_newest = not before.isdecimal() or len(before) > LONGEST_ID
    if not is_newest:
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: most + 1])
    shown = rows[:most]
    return Rows(shown, shown[-1].pk if len(rows) > most else None, is_newest)
