"""Requests to a product's own API, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from requests import Response

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    RegistryError,
    UnexpectedStatus,
)
from registries.oci.error_body import ErrorBody
from registries.oci.json_object import json_value, plain_body
from registries.oci.media_types import media_type
from registries.providers.shared.login import FixedLogin, Login
from registries.transport.endpoint import Endpoint
from registries.transport.session import RequestHeaders, Session, request_headers

Query = Sequence[tuple[str, str]]

_NO_HEADERS: dict[str, str] = {}
# A page of a thousand images with their platforms has about ten thousand objects and lists. An
# empty one takes two bytes of JSON and many times as much memory.
MAX_CONTAINERS = 200_000


class NativeAPI:
    """An API on the host of ``endpoint.origin``. Thread-safe."""

    def __init__(
        self,
        endpoint: Endpoint,
        login: Login | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        """``headers`` are sent with every request, besides the login's."""
        self.origin = endpoint.origin
        self._session = Session(endpoint)
        self._login = login or FixedLogin()
        self._fixed_headers = {"Accept": "application/json", **headers}
        self._built: tuple[Mapping[str, str], RequestHeaders] | None = None

    @property
    def requests(self) -> int:
        return self._session.requests

    @property
    def bytes_read(self) -> int:
        return self._session.bytes_read

    def close(self) -> None:
        self._session.close()

    def get(self, path: str, query: Query = (), *, seconds: float | None = None) -> Any:
        """Return the JSON of the answer. Raise RegistryError."""
        return self.answer("GET", path, query, seconds=seconds)[0]

    def answer(
        self,
        method: str,
        path: str,
        query: Query = (),
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        seconds: float | None = None,
    ) -> tuple[Any, Response]:
        """Return the JSON and the response. Raise RegistryError."""
        response = self.ask(method, path, query, body=body, headers=headers, seconds=seconds)
        return json_of_success(response, path), response

    def ask(
        self,
        method: str,
        path: str,
        query: Query = (),
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        seconds: float | None = None,
    ) -> Response:
        """Return the response, whatever its status.

        A 401 is retried once if other credentials are available.
        """
        url = f"{self.origin}{target(path, query)}"
        login = self._login.headers()
        response = self._session.ask(method, url, self._headers(login, headers), seconds, body)
        if response.status_code == 401 and self._login.renew(login):
            login = self._login.headers()
            response = self._session.ask(method, url, self._headers(login, headers), seconds, body)
        return response

    def _headers(self, login: Mapping[str, str], more: Mapping[str, str]) -> RequestHeaders:
        if more:
            return request_headers({**self._fixed_headers, **login, **more})
        built = self._built
        if built is None or built[0] is not login:
            built = self._built = login, request_headers({**self._fixed_headers, **login})
        return built[1]


def target(path: str, query: Query) -> str:
    return f"{path}{'?' if query else ''}{urlencode(query, quote_via=quote)}"


def json_of_success(response: Response, path: str) -> Any:
    """Return the JSON of a successful answer. Raise RegistryError."""
    if response.status_code != 200:
        raise error_of(response, path)
    return json_document(response, path)


def error_of(response: Response, path: str) -> RegistryError:
    """Return the error for an answer other than 200.

    Only a 404 with a JSON body means that something does not exist. The 404 of a proxy or a login
    page says nothing about the registry.
    """
    status, reason = response.status_code, ErrorBody.of(response)
    if status == 401:
        return AuthenticationFailed(
            f"Authentication failed: status 401 on {path}{reason}", status=status
        )
    if status == 403:
        return AccessDenied(f"Access denied: status 403 on {path}{reason}", status=status)
    if status == 404 and is_json(response):
        return NotFound(f"Not found: {path}{reason}", status=status)
    return UnexpectedStatus(f"Unexpected status {status} on {path}{reason}", status=status)


def member(document: Any, key: str, path: str) -> Any:
    """Return the member ``key`` of a JSON object. Raise MalformedResponse."""
    if not isinstance(document, dict) or key not in document:
        raise MalformedResponse(f'Malformed response on {path}: "{key}" is missing')
    return document[key]


def objects(value: Any, path: str) -> list[dict[str, Any]]:
    """Return a list of JSON objects. Null is an empty one, as servers written in Go send it."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MalformedResponse(f"Malformed response on {path}: not a list of objects")
    return value


def segment(text: str) -> str:
    """Return a quoted path segment, which cannot point to another path."""
    quoted = quote(text, safe="")
    return quoted.replace(".", "%2E") if set(text) == {"."} else quoted


def text_of(document: Any, key: str) -> str:
    """Return the string under ``key``, or ""."""
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""


def is_json(response: Response) -> bool:
    try:
        json.loads(response.content)
    except (ValueError, RecursionError):
        return False
    return True


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
