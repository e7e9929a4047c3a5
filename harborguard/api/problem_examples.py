"""A problem for each status, for the OpenAPI document. Conflicts are their views' own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harborguard.api.problems import UNAUTHORIZED, basics


def _example(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    body = {**basics(status, code, detail, "5f0c3a7e9d2b4c61"), **members}
    return {code: {"summary": detail, "value": body}}


EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "400": {
        **_example(
            400,
            "validation_failed",
            "name: This field is required.",
            errors={"name": ["This field is required."]},
        ),
        **_example(
            400, "malformed_body", "The body is not valid JSON: Expecting value: line 1 column 1"
        ),
    },
    "401": _example(401, "unauthorized", UNAUTHORIZED),
    "403": _example(
        403, "forbidden", "This requires the role developer.", requiredRole="developer"
    ),
    "404": _example(404, "not_found", "Nothing is at this URL."),
    "413": _example(413, "too_large", "The body is larger than 2560 KiB."),
    "415": _example(415, "unsupported_media_type", 'Unsupported media type "text/plain".'),
    "429": _example(
        429, "rate_limited", "Too many requests of this kind. Retry-After says when to retry."
    ),
    "503": _example(
        503, "database_unavailable", "The database is unavailable. Try again in a moment."
    ),
}
