"""Names: camelCase outside, snake_case inside."""

from __future__ import annotations


def camel(name: str) -> str:
    """Return ``last_sync_at`` as ``lastSyncAt``; parts of a dotted path separately."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
