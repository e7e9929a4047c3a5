"""One session with a registry: identification, retries, and which failures are errors.

Only the response leaves here, no exception of requests, urllib3 or pycurl. It has any status except
a redirect or a 429: whether a 404 is an error is for the protocol to say.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from requests import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict

from registries.errors import RateLimited, RegistryError
from registries.transport.adapter import CurlAdapter, closed_on_our_side
from registries.transport.endpoint import Endpoint
from registries.transport.identity import USER_AGENT
from registries.transport.redirect import refused_redirect
from registries.transport.retry import RETRIED_STATUSES, Tries, is_worth_a_retry, retry_after

_BUDGET_NOTED_EVERY = 1.0

RequestHeaders = CaseInsensitiveDict[str]


def request_headers(headers: Mapping[str, str]) -> RequestHeaders:
    """Return ``headers`` with our identity. Build them once, reuse them, and never change them."""
    return CaseInsensitiveDict(
        {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"} | dict(headers)
    )


class Session:
    """A session. Thread-safe.

    ``clock`` returns the seconds since 1970, for ``Retry-After`` dates; ``sleep`` returns whether
    the session was closed meanwhile.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], bool] | None = None,
    ) -> None:
        self._limits = endpoint.limits
        self._adapter = CurlAdapter(endpoint)
        self._dialect = endpoint.dialect
        login = endpoint.credential
        self._own_token = f"Bearer {login.secret}" if login else None
        self._limiter = endpoint.limiter.at(endpoint.origin, endpoint.limits.concurrency)
        self._closed = threading.Event()
        self._clock = clock
        self._sleep = sleep or self._closed.wait
        self._wait_turn = self._limiter.patience(self._pause, self._limits.retry_after_seconds)
        self._budget_due = 0.0

    @property
    def requests(self) -> int:
        return self._adapter.requests

    @property
    def bytes_read(self) -> int:
        return self._adapter.bytes_read

    def ask(
        self,
        method: str,
        url: str,
        headers: RequestHeaders,
        seconds: float | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Send GET, HEAD, or a POST that changes nothing there; ``seconds`` replaces the deadline.

        This bypasses PreparedRequest.prepare(): the URL is built from validated parts, and requests
        would parse and quote it again for every tag.
        """
        request = PreparedRequest()
        request.method, request.url, request.headers = method, url, headers
        request.body = body
        tries = Tries(self._limits)
        while True:
            try:
                epoch, response = self._exchange(request, seconds)
            except RegistryError as error:
                if tries.are_over or not is_worth_a_retry(error):
                    raise
                self._pause(tries.next_wait())
                continue
            now = self._clock()
            if now >= self._budget_due:
                self._note_budget(response, now)
            if response.status_code < 400:
                self._limiter.answered()
                return _unless_redirect(response)
            self._raise_if_banned(response, now)
            refusal = self._dialect.refusal(response, now)
            if refusal is not None:
                self._slow_down(response, tries, epoch, refusal)
            elif response.status_code not in RETRIED_STATUSES:
                self._limiter.answered()
                if response.status_code == 401 and self._is_login(request):
                    self._limiter.login_failed()
                return response
            elif not self._is_tried_again(response, tries, epoch):
                return response

    def close(self) -> None:
        self._closed.set()
        self._adapter.close()

    def _exchange(self, request: PreparedRequest, seconds: float | None) -> tuple[int, Response]:
        epoch = self._limiter.enter(self._wait_turn)
        try:
            return epoch, self._adapter.send(request, timeout=seconds)
        finally:
            self._limiter.leave()

    def _is_login(self, request: PreparedRequest) -> bool:
        """Return whether the request carries the credentials themselves, not a token issued for
        them."""
        sent = request.headers.get("Authorization", "")
        is_own = sent.startswith("Basic ") or sent == self._own_token
        return bool(request.body or is_own or "PRIVATE-TOKEN" in request.headers)

    def _note_budget(self, response: Response, now: float) -> None:
        self._budget_due = now + _BUDGET_NOTED_EVERY
        self._limiter.note_budget(self._dialect.budget(response, now))

    def _raise_if_banned(self, response: Response, now: float) -> None:
        seconds = self._dialect.ban(response, now)
        if seconds is not None:
            status, asked = response.status_code, _asked(response.url)
            raise self._limiter.banned(
                seconds, f"{asked} blocked this address, with status {status}"
            )

    def _is_tried_again(self, response: Response, tries: Tries, epoch: int) -> bool:
        """Return whether to retry; if so, the wait is over or applies to the next turn."""
        wish = retry_after(response.headers.get("Retry-After"), self._clock())
        if response.status_code == 503 and tries.is_first:
            self._limiter.overloaded(epoch)
        # One part of a registry may be down for long: that is no reason to wait for it.
        if tries.are_over or wish > self._limits.retry_after_seconds:
            return False
        self._pause(wish + tries.next_wait())
        return True

    def _slow_down(self, response: Response, tries: Tries, epoch: int, wish: float) -> None:
        asked = _asked(response.url)
        waits = self._limiter.refused(epoch, wish)
        if wish > self._limits.retry_after_seconds:
            message = f"Rate limited: {asked} asks for a pause of {wish:.0f} s"
            raise RateLimited(message, status=response.status_code, retry_after=wish)
        if not tries.may_wait(waits):
            raise RateLimited(
                f"Rate limited: too many requests for {asked}", status=response.status_code
            )

    def _pause(self, seconds: float) -> None:
        if self._sleep(seconds):
            raise closed_on_our_side()


def _unless_redirect(response: Response) -> Response:
    if 300 <= response.status_code < 400:
        raise refused_redirect(response, _asked(response.url))
    return response


def _asked(url: str) -> str:
    """Return who was called: the registry or its token server."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
