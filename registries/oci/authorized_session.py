"""Send a request to a registry, and again with credentials if it requires them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from requests import Response

from registries.oci.authorization import Authorization
from registries.oci.quirks import Quirks
from registries.oci.scope import Scopes
from registries.transport.endpoint import Endpoint
from registries.transport.session import RequestHeaders, Session, request_headers


class AuthorizedSession:
    """Returns a 401 only where other credentials would not help."""

    def __init__(self, endpoint: Endpoint, clock: Callable[[], float], quirks: Quirks) -> None:
        self._base = str(endpoint.origin)
        self._session = Session(endpoint)
        self._authorization = Authorization(endpoint, clock, quirks)
        self._headers = lru_cache(maxsize=64)(_headers)

    @property
    def requests(self) -> int:
        return self._session.requests + self._authorization.requests

    @property
    def bytes_read(self) -> int:
        return self._session.bytes_read + self._authorization.bytes_read

    def ask(
        self,
        method: str,
        path: str,
        accept: str,
        scopes: Scopes,
        seconds: float | None = None,
    ) -> Response:
        url = self._base + path
        login = self._authorization.header(scopes)
        response = self._session.ask(method, url, self._headers(accept, login), seconds)
        if response.status_code != 401:
            return response
        challenges = response.headers.get("WWW-Authenticate", "")
        login = self._authorization.answer(challenges, scopes, login)
        if login is None:
            return response
        return self._session.ask(method, url, self._headers(accept, login), seconds)

    def volunteer_login(self) -> bool:
        return self._authorization.volunteer()

    def forget_token(self, scopes: Scopes) -> None:
        self._authorization.forget_token(scopes)

    def close(self) -> None:
        self._session.close()
        self._authorization.close()
        self._headers.cache_clear()


def _headers(accept: str, login: str | None) -> RequestHeaders:
    return request_headers(
        {"Accept": accept} | ({"Authorization": login} if login is not None else {})
    )
