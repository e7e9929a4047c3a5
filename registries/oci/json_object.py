"""The body of an answer as a JSON object, or an error that says what came in its place."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from requests import Response

from registries.errors import MalformedResponse
from registries.oci.media_types import media_type

# An empty list is two bytes of JSON and many times as much in memory.
MAX_CONTAINERS = 20_000

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def json_object(response: Response, what: str) -> dict[str, Any]:
    """``what`` was asked for, as in "/v2/_catalog": the message names it."""
    body = plain_body(response, what)
    if body.count(b"{") + body.count(b"[") > MAX_CONTAINERS:
        raise MalformedResponse(f"Malformed response on {what}: too many objects and lists")
    try:
        value = json_value(body)
    except (ValueError, RecursionError):
        raise MalformedResponse(
            f"Malformed response on {what}: {_kind(response)} in place of a JSON object",
            status=response.status_code,
        ) from None
    if not isinstance(value, dict):
        raise MalformedResponse(f"Malformed response on {what}: not a JSON object")
    return value


def json_value(body: bytes) -> Any:
    """Raise ValueError or RecursionError where it is none.

    Half of a surrogate pair fits into no URL and no database: it is read as a question mark,
    which no name has, so that one odd name does not spoil the others.
    """
    # Decoded here: json itself would guess at encodings that JSON does not have.
    value = json.loads(body.decode(), parse_constant=_refuse_constant)
    if _SURROGATE.search(body):
        return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def plain_body(response: Response, what: str) -> bytes:
    """We asked for the identity encoding; what is compressed all the same is not unpacked."""
    encoding = response.headers.get("Content-Encoding", "identity")
    body = response.content
    if body and encoding.lower() != "identity":
        raise MalformedResponse(
            f"Malformed response on {what}: compressed, though we asked for it plain"
        )
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _kind(response: Response) -> str:
    if media_type(response.headers.get("Content-Type", "")) == "text/html":
        return "a web page"
    return "an empty body" if not response.content else "something else"
