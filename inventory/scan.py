"""Pages of rows that no single index can find: rows are read in index order and filtered.

The number of rows read is limited, however few match. A page may then be short, or even empty,
and still have a next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value

# Nearly always a page is among the first; LIMIT lets the planner expect just these.
_AT_FIRST = 500
_TIMES_MORE = 4
LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """``after`` is the row behind which more may be found; None: there is no more.

    ``is_cut``: so many were looked at that the search stopped before the page was full.
    """

    ids: list[int]
    after: int | None = None
    is_cut: bool = False


def scan(parts: Iterable[QuerySet[Any]], fits: Q, size: int) -> Found:
    """``parts``, one after the other, are the rows in their order, each from an index alone."""
    ids: list[int] = []
    last = None
    left = LOOKED_AT
    for part in parts:
        candidates = part.annotate(fits=_as_value(fits)).values_list("pk", "fits")
        start = 0
        window = max(_AT_FIRST, size + 1)
        while True:
            count = min(left, window)
            rows = list(candidates[start : start + count])
            for last, row_fits in rows:
                if row_fits and len(ids) == size:
                    return Found(ids, ids[-1])
                if row_fits:
                    ids.append(last)
            start += len(rows)
            left -= len(rows)
            if len(rows) < count:
                break
            if not left:
                return Found(ids, last, is_cut=True)
            window *= _TIMES_MORE
    return Found(ids)


def _as_value(fits: Q) -> Any:
    return ExpressionWrapper(fits, BooleanField()) if fits else Value(True)
