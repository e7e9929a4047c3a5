"""Health: how well the last syncs went, 0 to 100 (decision 5). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

WINDOW = 10
GREEN_FROM = 90
AMBER_FROM = 50


def outcome(state: str, *, read: int, failed: int) -> Fraction:
    """How good one finished run was, 0 to 1; partial counts the share of repositories read."""
    if state == "succeeded":
        return Fraction(1)
    if state == "partial":
        return Fraction(read, read + failed) if read + failed else Fraction(1)
    return Fraction(0)


def health_score(outcomes: Sequence[Fraction]) -> int | None:
    """The mean over the newest ``WINDOW`` outcomes (newest first), or None with no data yet.

    Rounded down: 100 means that everything went well.
    """
    recent = outcomes[:WINDOW]
    return floor(100 * sum(recent) / len(recent)) if recent else None
