"""How a product says that too much was asked of it, and how long it wants to be left alone."""

from __future__ import annotations

from typing import Protocol

from requests import Response

from registries.transport.retry import retry_after


class Dialect(Protocol):
    def refusal(self, response: Response, now: float) -> float | None:
        """Seconds to wait, zero where it does not say; None: it refused for another reason.

        ``now`` is in seconds since 1970.
        """


class StandardDialect:
    """Status 429 with ``Retry-After`` (RFC 6585, RFC 9110 10.2.3)."""

    def refusal(self, response: Response, now: float) -> float | None:
        if response.status_code != 429:
            return None
        return retry_after(response.headers.get("Retry-After"), now)
