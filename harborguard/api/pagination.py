"""Pages by number, and pages by cursor for what has no end.

A cursor page begins after a row, found through an index: page 10,000 costs what page 1 costs,
and nothing is shown twice or left out while rows are added.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.db.models import BooleanField, Field, Func, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from harborguard.api.ordering import Ordering, ordering_of

PAGE_SIZE = 50
MOST_A_PAGE = 200


def page_size_of(request: Request) -> int:
    """Raise ValidationError if it is not a number from 1 to MOST_A_PAGE."""
    asked = request.query_params.get("pageSize", str(PAGE_SIZE))
    size = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 0
    if not 1 <= size <= MOST_A_PAGE:
        raise ValidationError({"pageSize": [f"A number from 1 to {MOST_A_PAGE}."]})
    return size


def _page_size_parameter() -> dict[str, Any]:
    return {
        "name": "pageSize",
        "in": "query",
        "required": False,
        "description": "How many at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE, "default": PAGE_SIZE},
    }


def _page_schema(results: dict[str, Any], further: str, **members: Any) -> dict[str, Any]:
    """The examples are for what drf-spectacular makes of that of one row."""
    link = {"type": ["string", "null"], "format": "uri"}
    next_page = {**link, "example": f"https://harborguard.example/api/...?{further}"}
    return {
        "type": "object",
        "required": [*members, "next", "previous", "results"],
        "properties": {
            **members,
            "next": {**next_page, "description": "The address of the next page."},
            "previous": {**link, "example": None},
            "results": results,
        },
    }


class NumberedPages(PageNumberPagination):
    """``count``, ``next``, ``previous``, ``results``."""

    parameters: ClassVar = ("page", "pageSize")

    def get_page_size(self, request: Request) -> int:
        return page_size_of(request)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        asked = request.query_params.get("page", "1")
        if not (asked.isascii() and asked.isdecimal() and int(asked[:10]) > 0):
            raise ValidationError({"page": ["A number from 1."]})
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound:
            raise ValidationError({"page": ["There is no such page."]}) from None

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        number = {
            "name": "page",
            "in": "query",
            "required": False,
            "description": "Which page, from 1.",
            "schema": {"type": "integer", "minimum": 1, "default": 1},
        }
        return [number, _page_size_parameter()]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        count = {"type": "integer", "minimum": 0, "example": 1}
        return _page_schema(schema, "page=2", count=count)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row, by its value in the order's column and its id, and on which side of it to read."""

    ordering: str
    before: bool
    value: str
    row_id: int

    def __str__(self) -> str:
        text = json.dumps([self.ordering, int(self.before), self.value, self.row_id])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, ordering: Ordering) -> Cursor:
        """Raise ValidationError if we did not write it, or wrote it for another order."""
        wrong = ValidationError({"cursor": ["Not a cursor of this list; start without one."]})
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            name, before, value, row_id = json.loads(base64.urlsafe_b64decode(padded))
        except (ValueError, TypeError, RecursionError):
            raise wrong from None
        shape = (name, type(before), type(value), type(row_id))
        if shape != (str(_order(ordering)), int, str, int) or not 0 <= row_id < 2**63:
            raise wrong
        return cls(name, bool(before), value, row_id)


class KeysetPages(BasePagination):
    """``next``, ``previous``, ``results``; the view offers ``orderings`` of columns that have an
    index with the id, and no missing values."""

    parameters: ClassVar = ("cursor", "pageSize")
    keeps_order = True

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        view = cast("APIView", view)
        size = page_size_of(request)
        ordering = ordering_of(request, view)
        text = request.query_params.get("cursor")
        cursor = Cursor.parse(text, ordering) if text is not None else None
        backwards = cursor is not None and cursor.before
        if cursor is not None:
            queryset = queryset.filter(_beyond(cursor, ordering, queryset))
        found = list(queryset.order_by(*ordering.columns(reverse=backwards))[: size + 1])
        rows, is_more = found[:size], len(found) > size
        if backwards:
            rows.reverse()
        url = request.build_absolute_uri()
        self._next = self._previous = None
        if rows and (is_more or backwards):
            self._next = _link(url, rows[-1], ordering, before=False)
        if rows and (is_more if backwards else cursor is not None):
            self._previous = _link(url, rows[0], ordering, before=True)
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._next, "previous": self._previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return _page_schema(schema, "cursor=WyJpZCIsMCwiNDIiLDQyXQ")

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        cursor = {
            "name": "cursor",
            "in": "query",
            "required": False,
            "description": "Where the page begins: taken from `next` or `previous`.",
            "schema": {"type": "string"},
        }
        return [cursor, _page_size_parameter()]


class _Row(Func):
    """(a, b): compared as a whole, and found through one index."""

    template = "(%(expressions)s)"
    output_field = BooleanField()


def _order(ordering: Ordering) -> str:
    return f"-{ordering.name}" if ordering.descending else ordering.name


def _beyond(cursor: Cursor, ordering: Ordering, queryset: QuerySet[Any]) -> Any:
    further = LessThan if ordering.descending != cursor.before else GreaterThan
    id_field = queryset.model._meta.pk
    if ordering.column == "id":
        return further(Func("id", template="%(expressions)s", output_field=id_field), cursor.row_id)
    field: Field[Any, Any] = queryset.model._meta.get_field(ordering.column)
    try:
        value = field.to_python(cursor.value)
    except Exception:
        raise ValidationError({"cursor": ["Not a cursor of this list."]}) from None
    there = _Row(Value(value, field), Value(cursor.row_id, id_field))
    return further(_Row(ordering.column, "id"), there)


def _link(url: str, row: Any, ordering: Ordering, *, before: bool) -> str:
    value = getattr(row, ordering.column)
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return replace_query_param(url, "cursor", str(Cursor(_order(ordering), before, text, row.pk)))
