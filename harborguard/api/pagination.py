"""Numbered pages, and keyset pages for lists without an end.

A keyset page starts after a row, found through an index: page 10,000 costs what page 1 costs, and
no row is repeated or skipped while rows are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import BigIntegerField, BooleanField, Field, Func, Value
from django.db.models.lookups import GreaterThan, LessThan
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from harborguard.api.cursor import Cursor
from harborguard.api.ordering import ordering_of

PAGE_SIZE = 50
MOST_A_PAGE = 200


def page_size_of(request: Request) -> int:
    """Return the page size. Raise ValidationError unless it is from 1 to MOST_A_PAGE."""
    asked = request.query_params.get("pageSize", str(PAGE_SIZE))
    size = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 0
    if not 1 <= size <= MOST_A_PAGE:
        raise ValidationError({"pageSize": [f"A number from 1 to {MOST_A_PAGE}."]})
    return size


def page_size_parameter() -> dict[str, Any]:
    return {
        "name": "pageSize",
        "in": "query",
        "required": False,
        "description": "The maximum number of results.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE, "default": PAGE_SIZE},
    }


def _page_schema(results: dict[str, Any], further: str, **members: Any) -> dict[str, Any]:
    """Return the schema of a page; drf-spectacular builds its example from that of a row."""
    link = {"type": ["string", "null"], "format": "uri"}
    next_page = {**link, "example": f"https://harborguard.example/api/...?{further}"}
    return {
        "type": "object",
        "required": [*members, "next", "previous", "results"],
        "properties": {
            **members,
            "next": {**next_page, "description": "The URL of the next page."},
            "previous": {**link, "example": None},
            "results": results,
        },
    }


class NumberedPages(PageNumberPagination):
    """Pages with ``count``, ``next``, ``previous`` and ``results``."""

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
            raise ValidationError({"page": ["This page does not exist."]}) from None

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        number = {
            "name": "page",
            "in": "query",
            "required": False,
            "description": "The page number, from 1.",
            "schema": {"type": "integer", "minimum": 1, "default": 1},
        }
        return [number, page_size_parameter()]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        count = {"type": "integer", "minimum": 0, "example": 1}
        return _page_schema(schema, "page=2", count=count)


class KeysetPages(BasePagination):
    """Pages with ``next``, ``previous`` and ``results``. The view offers ``orderings`` of columns
    without missing values that share an index with the id.

    ``leading`` of the view names columns with a single value in all rows of the list. They precede
    the id, so that an index on both is read in order. Otherwise, where many rows have that value,
    the planner would read the primary key, and all rows before the first match.
    """

    parameters: ClassVar = ("cursor", "pageSize")
    keeps_order = True

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        view = cast("APIView", view)
        size = page_size_of(request)
        ordering = ordering_of(request, view)
        text = request.query_params.get("cursor")
        field = queryset.model._meta.get_field(ordering.column)
        cursor = Cursor.parse(text, ordering, field) if text is not None else None
        backwards = cursor is not None and cursor.before
        leading = view.leading() if ordering.column == "id" and hasattr(view, "leading") else {}
        if cursor is not None:
            queryset = queryset.filter(_beyond(cursor, field, leading))
        keys = ordering.keys(*leading, reverse=backwards)
        found = list(queryset.order_by(*keys)[: size + 1])
        rows, is_more = found[:size], len(found) > size
        if backwards:
            rows.reverse()
        self._next = self._previous = None
        url = request.build_absolute_uri()
        if backwards and not rows:  # all rows before the cursor are gone
            self._next = remove_query_param(url, "cursor")
        if rows and (is_more or backwards):
            self._next = _link(url, Cursor.at(rows[-1], ordering, before=False))
        if rows and (is_more if backwards else cursor is not None):
            self._previous = _link(url, Cursor.at(rows[0], ordering, before=True))
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
            "description": "Where the page starts, from `next` or `previous`.",
            "schema": {"type": "string"},
        }
        return [cursor, page_size_parameter()]


class _Row(Func):
    """A row (a, b): compared as a whole, and found through one index."""

    template = "(%(expressions)s)"
    output_field = BooleanField()


def _beyond(cursor: Cursor, field: Field[Any, Any], leading: Mapping[str, int]) -> Any:
    ordering = cursor.ordering
    is_less = ordering.descending != cursor.before
    there = {column: Value(value, BigIntegerField()) for column, value in leading.items()}
    there[ordering.column] = Value(cursor.value, field)
    there["id"] = Value(cursor.row_id, BigIntegerField())
    compare = LessThan if is_less else GreaterThan
    return compare(_Row(*there), _Row(*there.values()))


def _link(url: str, cursor: Cursor) -> str:
    return replace_query_param(url, "cursor", str(cursor))
