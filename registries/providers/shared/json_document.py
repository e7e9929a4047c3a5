"""The JSON body of an API response: an object or a list."""

from __future__ import annotations

from typing import Any

from requests import Response

from registries.errors import MalformedResponse
from registries.oci.json_object import json_value, plain_body
from registries.oci.media_types import media_type

# A page of a thousand images with their platforms is some ten thousand objects and lists. An empty
# one takes two bytes of JSON and many times as much memory.
MAX_CONTAINERS = 200_000


def json_document(response: Response, what: str) -> Any:
    """Return the parsed body. ``what`` was requested, as in "/api/v1/repository". Raise
    MalformedResponse."""
    body = plain_body(response, what)
    if body.count(b"{") + body.count(b"[") > MAX_CONTAINERS:
        raise MalformedResponse(f"Malformed response on {what}: too many objects and lists")
    try:
        value = json_value(body)
    except (ValueError, RecursionError):
        raise MalformedResponse(
            f"Malformed response on {what}: {_kind(response)} instead of JSON",
            status=response.status_code,
        ) from None
    if not isinstance(value, dict | list):
        raise MalformedResponse(f"Malformed response on {what}: neither an object nor a list")
    return value


def _kind(response: Response) -> str:
    if media_type(response.headers.get("Content-Type", "")) == "text/html":
        return "a web page"
    return "something else" if response.content else "an empty body"
