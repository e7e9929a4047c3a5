"""Parse a response body as a JSON object, or say what was there instead."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from requests import Response

from registries.errors import MalformedResponse
from registries.oci.media_types import media_type

# An empty list takes two bytes of JSON and many times as much memory.
MAX_CONTAINERS = 20_000

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def json_object(response: Response, what: str) -> dict[str, Any]:
    """Return the object. ``what`` was requested, as in "/v2/_catalog". Raise MalformedResponse."""
    body = plain_body(response, what)
    if body.count(b"{") + body.count(b"[") > MAX_CONTAINERS:
        raise MalformedResponse(f"Malformed response on {what}: too many objects and lists")
    try:
        value = json_value(body)
    except (ValueError, RecursionError):
        raise MalformedResponse(
            f"Malformed response on {what}: {_kind(response)} instead of a JSON object",
            status=response.status_code,
        ) from None
    if not isinstance(value, dict):
        raise MalformedResponse(f"Malformed response on {what}: not a JSON object")
    return value


def json_value(body: bytes) -> Any:
    """Parse JSON. Raise ValueError or RecursionError.

    Half of a surrogate pair fits in no URL and no database. It becomes a question mark, which no
    name contains, so that one odd name does not spoil the others.
    """
    # Decoded here: json would guess encodings that JSON does not allow.
    value = json.loads(body.decode(), parse_constant=_refuse_constant)
    if _SURROGATE.search(body):
        return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def plain_body(response: Response, what: str) -> bytes:
    """Return the body. Compressed content is not unpacked: we request the identity encoding."""
    encoding = response.headers.get("Content-Encoding", "identity")
    body = response.content
    if body and encoding.lower() != "identity":
        raise MalformedResponse(
            f"Malformed response on {what}: compressed, although uncompressed content was requested"
        )
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _kind(response: Response) -> str:
    if media_type(response.headers.get("Content-Type", "")) == "text/html":
        return "a web page"
    return "an empty body" if not response.content else "something else"
