"""The ways in which products report rate limits and blocked addresses."""

from __future__ import annotations

from typing import Protocol

from requests import Response

from registries.transport.rate_headers import Budget, budget, wait_wished


class Dialect(Protocol):
    """Interprets responses. ``now`` is in seconds since 1970."""

    def refusal(self, response: Response, now: float) -> float | None:
        """Return the seconds to wait, zero if unknown, or None if it refused for another reason."""

    def ban(self, response: Response, now: float) -> float | None:
        """Return for how many seconds our address is blocked, or None."""

    def budget(self, response: Response, now: float) -> Budget | None:
        """Return the remaining budget, or None."""


class StandardDialect:
    """The usual ways, which a product's dialect extends.

    Status 429, or a 403 that mentions limits, as GitHub and some proxies send.
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
