"""How a product says that too much was asked of it, and how long it wants to be left alone."""

from __future__ import annotations

from typing import Protocol

from requests import Response

from registries.transport.rate_headers import Budget, budget, wait_wished


class Dialect(Protocol):
    """``now`` is in seconds since 1970."""

    def refusal(self, response: Response, now: float) -> float | None:
        """Seconds to wait, zero where it does not say; None: it refused for another reason."""

    def ban(self, response: Response, now: float) -> float | None:
        """Seconds for which it answers nobody at our address any more; None: it does not say so."""

    def budget(self, response: Response, now: float) -> Budget | None:
        """How much may still be asked, where it tells."""


class StandardDialect:
    """What registries say that have no dialect of their own; a product's extends it.

    Status 429, or a 403 that is told to be about limits, as GitHub and some proxies say it.
    """

    def refusal(self, response: Response, now: float) -> float | None:
        status = response.status_code
        if status != 429 and not (status == 403 and _is_about_limits(response)):
            return None
        return wait_wished(response.headers, response.content, now)

    def ban(self, response: Response, now: float) -> float | None:
        return None

    def budget(self, response: Response, now: float) -> Budget | None:
        return budget(response.headers, now)


def _is_about_limits(response: Response) -> bool:
    headers = response.headers
    return "Retry-After" in headers or headers.get("X-RateLimit-Remaining") == "0"
