"""Health: the success of recent syncs, 0 to 100 (docs/decisions/0003). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

WINDOW = 10
GREEN_FROM = 90
AMBER_FROM = 50


def outcome(state: str, *, read: int, failed: int) -> Fraction:
    """Return the success of one finished run, 0 to 1; a partial one counts the share it read."""
    if state == "succeeded":
        return Fraction(1)
    if state == "partial":
        return Fraction(read, read + failed) if read + failed else Fraction(1)
    return Fraction(0)


def health_score(outcomes: Sequence[Fraction]) -> int | None:
    """Return the mean of the newest ``WINDOW`` outcomes (newest first), or None without any.

    Rounded down: 100 means that every sync succeeded.
    """
    recent = outcomes[:WINDOW]
    return floor(100 * sum(recent) / len(recent)) if recent else None
