"""How often something may be done: named limits, set by HARBORGUARD_LIMIT_* (ADR 0016)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from limits import RateLimitItem, parse_many

from harborguard.access.limit_store import LimitStore, Verdict


def hit(name: str, identity: str) -> Verdict:
    """Count one for whom ``identity`` tells, unless they have reached the limit."""
    limit = _limit(name)
    return store().hit(limit, name, identity) if limit else Verdict(allowed=True)


def give_back(name: str, identity: str) -> None:
    """Uncount one that ``hit`` has allowed."""
    if limit := _limit(name):
        store().give_back(limit, name, identity)


@cache
def store() -> LimitStore:
    return LimitStore(settings.CELERY_BROKER_URL)


def configured(texts: Mapping[str, str]) -> dict[str, RateLimitItem | None]:
    """The limits by name, each written as "30/minute"; None for one that is "off"."""
    return {name: _parsed(name, text) for name, text in texts.items()}


def _limit(name: str) -> RateLimitItem | None:
    limit: RateLimitItem | None = settings.LIMITS[name]
    return limit


def _parsed(name: str, text: str) -> RateLimitItem | None:
    if text.strip().lower() == "off":
        return None
    try:
        [limit] = parse_many(text)
    except ValueError:
        limit = None
    if limit is None or limit.amount < 1:
        setting = f"HARBORGUARD_LIMIT_{name.upper().replace('-', '_')}"
        raise ImproperlyConfigured(
            f"{setting} is {text!r}: write one limit, such as 30/minute or 10/hour, or off"
        )
    return limit
