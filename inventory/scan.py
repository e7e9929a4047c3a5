"""Pages of rows that no single index can find: rows are read in index order and filtered.

The number of rows read is limited, however few match. A page may then be short, or even empty,
and still have a next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value

# A page is nearly always among the first rows, and a LIMIT lets the planner expect only those.
_FIRST_WINDOW = 500
_WINDOW_GROWTH = 4
SCAN_LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """A page of ids; ``after`` is the row to continue after, or None at the end.

    ``is_cut`` if the limit of rows was reached before the page was full.
    """

    ids: list[int]
    after: int | None = None
    is_cut: bool = False


def scan(parts: Iterable[QuerySet[Any]], condition: Q, size: int) -> Found:
    """Read ``parts`` in turn, each in the order of an index, and filter the rows on the way."""
    ids: list[int] = []
    last = None
    left = SCAN_LIMIT
    for part in parts:
        candidates = part.annotate(condition=_as_value(condition)).values_list("pk", "condition")
        start = 0
        window = max(_FIRST_WINDOW, size + 1)
        while True:
            count = min(left, window)
            rows = list(candidates[start : start + count])
            for last, matches in rows:
                if matches and len(ids) == size:
                    return Found(ids, ids[-1])
                if matches:
                    ids.append(last)
            start += len(rows)
            left -= len(rows)
            if len(rows) < count:
                break
            if not left:
                return Found(ids, last, is_cut=True)
            window *= _WINDOW_GROWTH
    return Found(ids)


def _as_value(condition: Q) -> Any:
    return ExpressionWrapper(condition, BooleanField()) if condition else Value(True)
