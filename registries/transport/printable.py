"""Make untrusted text safe for messages, log lines and terminals."""

from __future__ import annotations

MAX_LENGTH = 200


def printable(text: str, limit: int = MAX_LENGTH) -> str:
    """Return ``text`` on one line, cut to ``limit`` and with unprintable characters escaped."""
    cut = text[:limit]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return f"{shown}..." if len(text) > limit else shown
