"""Pages of the change feed, oldest first, each with a cursor to continue from."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from harborguard.api.pagination import page_size_of, page_size_parameter
from harborguard.web.keyset import ID_MAX_DIGITS, parse_id
from inventory import feed

_LATEST = "latest"
_TOO_FAR = (
    "The cursor is past the end of the feed: the database may have been restored from a backup. "
    f"List the images again, and continue with “{_LATEST}”."
)


class FeedPages(BasePagination):
    """Pages with ``cursor``, ``next`` and ``results``."""

    parameters: ClassVar = ("after", "pageSize")
    schema_suffix = "FeedPage"

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        size = page_size_of(request)
        end = feed.end()
        after = _position(request.query_params.get("after", "0"), end)
        settled = queryset.filter(pk__gt=after, pk__lte=end.settled).order_by("pk")
        found = list(settled[: size + 1])
        rows, is_more = found[:size], len(found) > size
        # The cursor skips events that the filters exclude.
        self._cursor = str(rows[-1].pk if is_more else max(after, end.settled))
        url = request.build_absolute_uri()
        self._next = replace_query_param(url, "after", self._cursor) if is_more else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"cursor": self._cursor, "next": self._next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["cursor", "next", "results"],
            "properties": {
                "cursor": {
                    "type": "string",
                    "description": "Send it as `after` to continue from here at any time.",
                    "example": "1472431",
                },
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "URL of the next page, or null at the end of the feed.",
                    "example": None,
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        after = {
            "name": "after",
            "in": "query",
            "required": False,
            "description": "The `cursor` of the previous page. `latest` returns no events, and the "
            "cursor of the current end. Defaults to the first event.",
            "schema": {"type": "string", "pattern": f"^([0-9]{{1,{ID_MAX_DIGITS}}}|{_LATEST})$"},
        }
        return [after, page_size_parameter()]


def _position(after: str, end: feed.End) -> int:
    """Return the id to start after; raise ValidationError if it is not a cursor of the feed."""
    if after == _LATEST:
        return end.settled
    position = parse_id(after)
    if position is None:
        raise ValidationError({"after": [f"Send the `cursor` of a page, or `{_LATEST}`."]})
    if position > end.last_id:
        raise ValidationError({"after": [_TOO_FAR]})
    return position
