"""Read rate limits from response headers, in every known spelling.

The only standard is ``Retry-After``. Limits are written as `100;w=21600`, times as seconds from now
or since 1970, a wait as a Go duration in a sentence. All of it is untrusted, so values are capped,
and an invalid one is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registries.transport.retry import retry_after

LONGEST_WAIT = 86_400.0
# A month, the longest period of any plan.
_LONGEST_WINDOW = 31 * 86_400.0
# No plausible number of seconds from now, no server clock that far behind; nor, in milliseconds,
# that far ahead.
_MOMENTS_BEGIN = 1_000_000_000.0
_MILLISECONDS_BEGIN = 1000 * _MOMENTS_BEGIN
_PREFIXES = ("ratelimit", "x-ratelimit")
_NUMBER = re.compile(r"\s*([0-9]{1,15})(?:\.[0-9]{1,9})?(?![0-9.])")
_BODY_READ = 4096
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|us|µs|ns|h|m|s)")
_TOLD_IN_WORDS = re.compile(
    r"retry-after: ?((?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|us|µs|ns|h|m|s)){1,6})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Budget:
    """The remaining requests. ``resets_at`` is in seconds since 1970, if known."""

    limit: int | None
    remaining: int
    resets_at: float | None = None


def wait_wished(headers: Mapping[str, str], body: bytes, now: float) -> float:
    """Return the seconds that a refusal asks to wait, or zero."""
    wish = (
        _retry_after(headers.get("Retry-After"), now)
        or _seconds_until(headers.get("X-Retry-After"), now)
        or _in_words(body)
        or _until_reset(headers, now)
    )
    return min(wish, LONGEST_WAIT)


def budget(headers: Mapping[str, str], now: float) -> Budget | None:
    for prefix in _PREFIXES:
        remaining = _number(headers.get(f"{prefix}-remaining"))
        if remaining is not None:
            limit = _number(headers.get(f"{prefix}-limit"))
            resets_at = _resets_at(headers.get(f"{prefix}-reset"), now)
            return Budget(None if limit is None else int(limit), int(remaining), resets_at)
    return None


def _retry_after(value: str | None, now: float) -> float:
    """Parse seconds or a date (RFC 9110); some servers send a time in seconds since 1970."""
    return retry_after(value, now) if _number(value) is None else _seconds_until(value, now)


def _until_reset(headers: Mapping[str, str], now: float) -> float:
    left = budget(headers, now)
    if left is None or left.remaining or left.resets_at is None:
        return 0.0
    return max(0.0, left.resets_at - now)


def _seconds_until(value: str | None, now: float) -> float:
    number = _number(value)
    if number is None:
        return 0.0
    return number if number < _MOMENTS_BEGIN else max(0.0, _moment(number) - now)


def _moment(number: float) -> float:
    return number / 1000 if number >= _MILLISECONDS_BEGIN else number


def _resets_at(value: str | None, now: float) -> float | None:
    number = _number(value)
    if number is None:
        return None
    moment = _moment(number) if number >= _MOMENTS_BEGIN else now + number
    return moment if moment <= now + _LONGEST_WINDOW else None


def _in_words(body: bytes) -> float:
    """Parse ``toomanyrequests: retry-after: 985.86µs, allowed: 44000/minute``, also within JSON."""
    text = body[:_BODY_READ].decode(errors="replace").replace("\\u00b5", "µ").replace("μ", "µ")
    told = _TOLD_IN_WORDS.search(text)
    if told is None:
        return 0.0
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in _PART.findall(told[1]))


def _number(value: str | None) -> float | None:
    """Return the first number of ``98;w=21600`` or ``98, 98;w=60``, or None if it is too long."""
    match = _NUMBER.match(value or "")
    return float(match[1]) if match else None
