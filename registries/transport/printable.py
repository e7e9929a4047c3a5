"""Text that a stranger wrote, made fit for a message, a log line and a terminal."""

from __future__ import annotations

MAX_LENGTH = 200


def printable(text: str, limit: int = MAX_LENGTH) -> str:
    """``text`` on one line, cut to ``limit``, with what is not printable escaped."""
    cut = text[:limit]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return f"{shown}..." if len(text) > limit else shown
