"""An adapter that sends google-auth's requests through our transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from requests import Response

from registries.errors import RegistryError
from registries.oci.json_object import json_object
from registries.transport.session import Session, request_headers


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as google.auth.transport.Response defines it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Sending:
    """A replacement of google.auth.transport.Request.

    Any status but 200 raises the error that ``failure`` returns, as google-auth would retry.
    """

    def __init__(self, session: Session, failure: Callable[[Response], RegistryError]) -> None:
        self._session = session
        self._failure = failure

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> Answer:
        sent = request_headers({"Accept": "application/json", **(headers or {})})
        response = self._session.ask(method, url, sent, body=body)
        if response.status_code != 200:
            raise self._failure(response)
        json_object(response, "Google's login server")
        return Answer(200, response.headers, response.content)
