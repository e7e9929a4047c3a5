"""How much of an exchange is too much."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes for one exchange, and how often one is tried.

    A catalog page has its own deadline: registries walk their whole storage for it.
    ``retry_after_seconds`` is the longest that one question waits because the registry limits
    how much may be asked; zero is for somebody who waits for the answer.
    """

    connect_seconds: float = 10.0
    total_seconds: float = 60.0
    catalog_seconds: float = 300.0
    body_bytes: int = 8 * 1024 * 1024
    header_bytes: int = 64 * 1024
    attempts: int = 4
    retry_after_seconds: float = 300.0
    concurrency: int = 16
