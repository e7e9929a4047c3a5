"""Describe a Resource in the OpenAPI document where drf-spectacular cannot."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.utils import Direction

from harborguard.api.problem_examples import EXAMPLES
from harborguard.api.problems import CONTENT_TYPE, ProblemSerializer
from harborguard.api.serializers import Strict

_VARIABLE = re.compile(r"{(\w+)}")
_HEADERS = {
    "401": (
        "WWW-Authenticate",
        "The authentication scheme.",
        {"type": "string", "const": "Bearer"},
    ),
    "429": ("Retry-After", "The number of seconds to wait.", {"type": "integer", "minimum": 1}),
}


class ResourceSchema(AutoSchema):
    """The schema of a view that derives from ``Resource``. The view declares its successful
    responses and its own problems: ``responses={202: StartedSerializer, 409:
    ProblemSerializer}``."""

    def get_operation(self, path: str, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        # To find its model, a view builds its query, which needs the ids in the path.
        self.view.kwargs = dict.fromkeys(_VARIABLE.findall(path), 0)
        operation: dict[str, Any] | None = super().get_operation(path, *args, **kwargs)
        return operation

    def get_description(self) -> str:  # type: ignore[override]  # as the library's own
        """Return the method's docstring: a view's is for readers of the code."""
        return str(get_doc(getattr(self.view, self.method.lower())))

    def get_paginated_name(self, serializer_name: str) -> str:
        """Return the name of a page's schema: pages of another shape need another name."""
        pages = self._get_paginator()
        return serializer_name + getattr(pages, "schema_suffix", "Page")

    def problems(self) -> set[str]:
        """Return the problem statuses that any operation may answer with."""
        found = {"400", "503"}
        if "{" in self.path:
            found.add("404")
        if self.method in {"POST", "PATCH"}:
            found |= {"413", "415"}
        return found

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(getattr(self.view, "is_list", False)) and self.method == "GET"

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        for parameter in parameters:
            if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
                parameter["schema"].setdefault("minLength", 1)  # Resource refuses an empty one
        return parameters

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self.problems() - set(bodies):
            bodies[status] = self._get_response_for_code(ProblemSerializer, status)
        return dict(sorted(bodies.items()))

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: str,
        media_types: list[str] | None = None,
        direction: str = "response",
    ) -> dict[str, Any]:
        is_problem = status_code >= "400"
        answer: dict[str, Any] = super()._get_response_for_code(
            serializer, status_code, [CONTENT_TYPE] if is_problem else media_types, direction
        )
        if is_problem:
            body = answer["content"][CONTENT_TYPE]
            body.setdefault("examples", EXAMPLES.get(status_code, {}))
        return answer

    def _get_response_headers_for_code(
        self, status_code: str, direction: str = "response"
    ) -> dict[str, Any]:
        headers: dict[str, Any] = super()._get_response_headers_for_code(status_code, direction)
        if status_code in _HEADERS:
            name, description, schema = _HEADERS[status_code]
            headers[name] = {"description": description, "schema": schema}
        return headers

    def _map_serializer_field(
        self, field: Any, direction: str, bypass_extensions: bool = False
    ) -> dict[str, Any] | None:
        # Read-only serializers need no request schema.
        if direction == "request" and field.read_only:
            return None
        schema: dict[str, Any] | None = super()._map_serializer_field(
            field, direction, bypass_extensions
        )
        return schema

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, Strict) and schema.get("properties"):
            if direction == "request":
                schema["additionalProperties"] = False
            else:
                schema["required"] = sorted(schema["properties"])
        return schema
