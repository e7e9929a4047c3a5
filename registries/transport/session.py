"""One registry connection: who we are, what is tried again, and what ends as an error.

Nothing of requests, urllib3 or pycurl leaves here but the response itself, and that has any
status except a redirect: whether a 404 is an error is for the protocol above to say.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

import requests
from requests import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict

from registries.errors import NetworkError, RateLimited, RegistryError
from registries.transport.adapter import CurlAdapter
from registries.transport.endpoint import Endpoint
from registries.transport.identity import USER_AGENT
from registries.transport.redirect import refused_redirect
from registries.transport.retry import (
    RETRIED_STATUSES,
    backoff,
    is_worth_a_retry,
    retry_after,
)

RequestHeaders = CaseInsensitiveDict[str]


def request_headers(headers: Mapping[str, str]) -> RequestHeaders:
    """``headers`` with our identity. Build once, use for many requests, never change."""
    return CaseInsensitiveDict(
        {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"} | dict(headers)
    )


class Session:
    """Safe to share between threads.

    ``clock`` tells the seconds since 1970, which a ``Retry-After`` date is compared with;
    ``sleep`` returns whether the session was closed meanwhile.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], bool] | None = None,
    ) -> None:
        self._origin = endpoint.origin
        self._limits = endpoint.limits
        self._adapter = CurlAdapter(endpoint)
        self._closed = threading.Event()
        self._clock = clock
        self._sleep = sleep or self._closed.wait

    @property
    def requests(self) -> int:
        return self._adapter.requests

    @property
    def bytes_read(self) -> int:
        return self._adapter.bytes_read

    def ask(
        self, method: str, url: str, headers: RequestHeaders, seconds: float | None = None
    ) -> Response:
        """GET or HEAD; ``seconds`` replaces the deadline of one exchange.

        Not through PreparedRequest.prepare(): the URL is put together from checked parts, and
        requests would parse and quote it once more for every tag.
        """
        request = PreparedRequest()
        request.method, request.url, request.headers = method, url, headers
        attempt = 1
        while True:
            is_last = attempt >= self._limits.attempts
            try:
                response = self._send(request, seconds)
            except RegistryError as error:
                if is_last or not is_worth_a_retry(error):
                    raise
                wait = backoff(attempt)
            else:
                if response.status_code not in RETRIED_STATUSES:
                    return self._unless_redirect(response)
                wait = self._wait_after(response, attempt)
                if is_last:
                    return self._unless_rate_limited(response)
            self._pause(wait)
            attempt += 1

    def close(self) -> None:
        self._closed.set()
        self._adapter.close()

    def _send(self, request: PreparedRequest, seconds: float | None) -> Response:
        try:
            return self._adapter.send(request, timeout=seconds)
        except requests.RequestException:
            # Only a stand-in for the adapter raises these.
            asked = _asked(str(request.url))
            raise NetworkError(f"Network error: {asked} cannot be reached") from None

    def _unless_redirect(self, response: Response) -> Response:
        if 300 <= response.status_code < 400:
            raise refused_redirect(response, _asked(response.url))
        return response

    def _unless_rate_limited(self, response: Response) -> Response:
        if response.status_code == 429:
            asked = _asked(response.url)
            raise RateLimited(f"Rate limited: too many requests for {asked}", status=429)
        return response

    def _wait_after(self, response: Response, attempt: int) -> float:
        wanted = retry_after(response.headers.get("Retry-After"), self._clock())
        if wanted is not None and wanted > self._limits.retry_after_seconds:
            raise RateLimited(
                f"Rate limited: {_asked(response.url)} asks to wait {wanted:.0f} s",
                status=response.status_code,
                retry_after=wanted,
            )
        return (wanted or 0.0) + backoff(attempt)

    def _pause(self, seconds: float) -> None:
        if self._sleep(seconds):
            raise NetworkError(f"Network error: the connection to {self._origin} was closed by us")


def _asked(url: str) -> str:
    """Who was asked, which is the registry or its token server."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
