"""Template filters for times relative to now."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template.defaultfilters import pluralize
from django.utils import timezone

register = template.Library()

_UNITS = (
    ("year", 365 * 86_400),
    ("month", 30 * 86_400),
    ("week", 7 * 86_400),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)


@register.filter
def relative_time(at: datetime) -> str:
    """Return the time in its largest full unit, such as “3 days ago” or “in 42 minutes”."""
    seconds = (at - timezone.now()).total_seconds()
    whole = int(abs(seconds))
    for unit, length in _UNITS:
        if count := whole // length:
            words = f"{count} {unit}{pluralize(count)}"
            return f"in {words}" if seconds > 0 else f"{words} ago"
    return "now"
