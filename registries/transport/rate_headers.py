"""What an answer tells of limits, in every spelling that a registry is known to use.

There is no standard but ``Retry-After``: limits are told as `100;w=21600`, moments as seconds
from now or since 1970, a wait as one of Go's durations in a sentence. All of it is a stranger's
word, so everything is capped, and what cannot be read says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registries.transport.retry import retry_after

LONGEST_WAIT = 86_400.0
# A month, which is the longest window that plans are sold by.
_LONGEST_WINDOW = 31 * 86_400.0
# Nobody counts so many seconds from now, and no server's clock is that far behind; nor, where
# a moment is told in milliseconds, that far ahead.
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
    """How much may still be asked. ``resets_at`` is in seconds since 1970, where it is told."""

    limit: int | None
    remaining: int
    resets_at: float | None = None


def wait_wished(headers: Mapping[str, str], body: bytes, now: float) -> float:
    """Seconds that a refusal asks for; zero where it does not say."""
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
    """Seconds or a date, as in RFC 9110; some write a moment in seconds since 1970 there."""
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
    """``toomanyrequests: retry-after: 985.86µs, allowed: 44000/minute``, perhaps within JSON."""
    text = body[:_BODY_READ].decode(errors="replace").replace("\\u00b5", "µ").replace("μ", "µ")
    told = _TOLD_IN_WORDS.search(text)
    if told is None:
        return 0.0
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in _PART.findall(told[1]))


def _number(value: str | None) -> float | None:
    """The first in ``98;w=21600`` or ``98, 98;w=60``; None for what is longer than any."""
    match = _NUMBER.match(value or "")
    return float(match[1]) if match else None
