"""A registry's error body: ``{"errors": [{"code": ..., "message": ...}]}``.

See distribution-spec, "Error Codes". Any other body is allowed too, so parsing must not fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from requests import Response

from registries.errors import MalformedResponse
from registries.oci.json_object import json_object
from registries.transport.printable import printable
from registries.transport.redaction import redacted, secrets_in

API_VERSION_HEADER = "Docker-Distribution-Api-Version"
MAX_BYTES = 64 * 1024

# Not in the specification, but sent by Harbor and Quay.
_GONE = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND", "TAG_EXPIRED"})


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error body. ``words`` are the registry's own, without the credentials we sent."""

    codes: tuple[str, ...] = ()
    words: str = ""

    @classmethod
    def of(cls, response: Response) -> ErrorBody:
        document = _document(response)
        errors = [error for error in _list(document.get("errors")) if isinstance(error, dict)]
        codes = tuple(code for error in errors if isinstance(code := error.get("code"), str))
        login = response.request.headers.get("Authorization")
        others = secrets_in(response.request.body)
        code = printable(redacted(codes[0], login, others), 50) if codes else ""
        message = printable(redacted(_message([*errors, *_objects(document)]), login, others))
        return cls(codes, ": ".join(part for part in (code, message) if part))

    def __str__(self) -> str:
        """Return the registry's words in parentheses, to append to a message, or ""."""
        return f" ({self.words})" if self.words else ""


def is_own_not_found(response: Response) -> bool:
    """Return whether a 404 is the registry's own, not that of a proxy or a login page.

    Only the registry's own may remove an image from the inventory. A body without errors must say
    so: one that was cut off has none either.
    """
    if response.status_code != 404:
        return False
    if not response.content:
        named = response.headers.get(API_VERSION_HEADER, "").startswith("registry/")
        return named and response.headers.get("Content-Length") == "0"
    return bool(_GONE.intersection(ErrorBody.of(response).codes))


def _document(response: Response) -> dict[str, Any]:
    if len(response.content) > MAX_BYTES:
        return {}
    try:
        return json_object(response, "")
    except MalformedResponse:
        return {}


def _message(sources: list[dict[str, Any]]) -> str:
    for source in sources:
        for key in ("message", "detail", "details", "error_message", "error_description", "error"):
            if isinstance(text := source.get(key), str) and text:
                return text
    return ""


def _objects(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Yield the error objects: Google sends ``{"error": {"message": ...}}``."""
    error = document.get("error")
    return [document, error] if isinstance(error, dict) else [document]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
