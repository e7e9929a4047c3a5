"""Parse times, which need a time zone to be unambiguous."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

# No percent sign: django-filter formats the text.
NO_INSTANT = "Write the time with its time zone, preferably Z, such as 2026-01-31T12:00:00Z."


def instant_of(text: str) -> datetime | None:
    try:
        instant = parse_datetime(text)
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return None
