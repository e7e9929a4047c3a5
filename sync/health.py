"""Health: how well the last syncs went, 0 to 100 (decision 5). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, fsum

WINDOW = 10
GREEN_FROM = 90
AMBER_FROM = 50


def outcome(state: str, *, read: int, failed: int) -> float:
    """How good one finished run was, 0.0 to 1.0; partial counts the share of repositories read."""
    if state == "succeeded":
        return 1.0
    if state == "partial":
        return read / (read + failed) if read + failed else 1.0
    return 0.0


def health_score(outcomes: Sequence[float]) -> int | None:
    """The mean over the newest ``WINDOW`` outcomes (newest first), or None with no data yet.

    Rounded down: 100 means that everything went well.
    """
    recent = outcomes[:WINDOW]
    return floor(100 * fsum(recent) / len(recent)) if recent else None
