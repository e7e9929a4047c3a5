"""``?ordering=-lastSyncAt``: one of the orderings a list offers; others are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

PARAMETER = "ordering"


@dataclass(frozen=True, slots=True)
class Ordering:
    """A column and a direction. Equal rows are ordered by id."""

    name: str
    column: str
    descending: bool

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name

    def columns(self) -> list[Any]:
        """Return the ordering. Missing values count as the lowest, on every database."""
        return [
            F(column).desc(nulls_last=True) if self.descending else F(column).asc(nulls_first=True)
            for column in self._columns
        ]

    def keys(self, *leading: str, reverse: bool = False) -> list[str]:
        """Return the ordering of columns without missing values. To say where those go would keep
        PostgreSQL from reading an index in order."""
        sign = "-" if self.descending != reverse else ""
        return [f"{sign}{column}" for column in (*leading, *self._columns)]

    @property
    def _columns(self) -> list[str]:
        return [self.column] if self.column == "id" else [self.column, "id"]


def orderings_of(view: APIView) -> Mapping[str, str]:
    """Return what a view offers: columns by API name, the default first."""
    return getattr(view, "orderings", {})


def ordering_of(request: Request, view: APIView) -> Ordering:
    """Return the ordering. Raise ValidationError if the list does not offer it."""
    offered = orderings_of(view)
    default = getattr(view, "default_ordering", next(iter(offered)))
    asked = request.query_params.get(PARAMETER, default)
    name = asked.removeprefix("-")
    if name not in offered:
        choices = ", ".join(f"{name}, -{name}" for name in offered)
        raise ValidationError(
            {PARAMETER: [f"Not an ordering of this list. Choose one of: {choices}."]}
        )
    return Ordering(name, offered[name], descending=asked.startswith("-"))


def ordering_parameter(view: APIView) -> dict[str, Any]:
    """Return the parameter for the OpenAPI document."""
    names = [prefix + name for name in orderings_of(view) for prefix in ("", "-")]
    default = getattr(view, "default_ordering", names[0])
    return {
        "name": PARAMETER,
        "in": "query",
        "required": False,
        "description": "The order of the list; `-` reverses it.",
        "schema": {"type": "string", "enum": names, "default": default},
    }


class OrderingBackend(BaseFilterBackend):
    """Orders lists with numbered pages; keyset pages order themselves."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        if not orderings_of(view) or getattr(view.paginator, "keeps_order", False):  # type: ignore[attr-defined]
            return queryset
        return queryset.order_by(*ordering_of(request, view).columns())

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [ordering_parameter(view)] if orderings_of(view) else []
