"""Limits of size and time for an exchange."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes for one exchange, and the number of attempts.

    A catalog page has its own deadline: registries walk their whole storage for it.
    ``retry_after_seconds`` is the longest wait for one request because of rate limits; zero where a
    person waits.
    """

    connect_seconds: float = 10.0
    total_seconds: float = 60.0
    catalog_seconds: float = 300.0
    body_bytes: int = 8 * 1024 * 1024
    header_bytes: int = 64 * 1024
    attempts: int = 4
    retry_after_seconds: float = 300.0
    concurrency: int = 16
