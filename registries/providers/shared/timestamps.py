"""Timestamps in the formats of APIs. An invalid one is unknown, never an error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)
_DIGITS_OF_A_SECOND = 6


def timestamp_from_text(text: Any) -> datetime | None:
    """Parse RFC 3339 with any number of fractional digits, or the dates of RFC 5322."""
    if not isinstance(text, str) or len(text) > 64:
        return None
    try:
        timestamp = datetime.fromisoformat(_truncate_fraction(text))
    except ValueError:
        try:
            timestamp = parsedate_to_datetime(text)
        except (ValueError, IndexError, OverflowError):
            return None
    return _valid(timestamp)


def timestamp_from_unix(seconds: Any) -> datetime | None:
    """Parse seconds since 1970, as a number or a string of digits."""
    try:
        return _valid(_EPOCH + timedelta(seconds=float(seconds)))
    except (TypeError, ValueError, OverflowError):
        return None


def timestamp_from_datetime(value: Any) -> datetime | None:
    """Check a datetime that a library has parsed."""
    try:
        return _valid(value.astimezone(UTC)) if isinstance(value, datetime) else None
    except (ValueError, OverflowError):
        return None


def _truncate_fraction(text: str) -> str:
    """Truncate fractions of a second to six digits: Python reads six, Go writes up to nine."""
    head, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return f"{head}{dot}{digits[:_DIGITS_OF_A_SECOND]}{rest[len(digits) :]}"


def _valid(timestamp: datetime) -> datetime | None:
    """Return the time, assuming UTC without a time zone. None for zero times, Go's "never"."""
    if timestamp.tzinfo is None:
        timestamp = timestamp.replace(tzinfo=UTC)
    return timestamp if _EPOCH < timestamp < _LAST else None
