"""Named limits on how often something may be done, set by HARBORGUARD_LIMIT_*
(docs/decisions/0016)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from limits import RateLimitItem, parse_many

from harborguard.access.limit_store import LimitStore, Verdict


def hit(name: str, identity: str) -> Verdict:
    """Count a hit for ``identity``, unless the limit is reached."""
    limit = _limit(name)
    return store().hit(limit, name, identity) if limit else Verdict(allowed=True)


def give_back(name: str, identity: str) -> None:
    """Uncount a hit that was allowed."""
    if limit := _limit(name):
        store().give_back(limit, name, identity)


@cache
def store() -> LimitStore:
    return LimitStore(settings.CELERY_BROKER_URL)


def configured(texts: Mapping[str, str]) -> dict[str, RateLimitItem | None]:
    """Parse the limits by name, each written as "30/minute"; None for "off"."""
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
            f"{setting} is {text!r}. Set it to one limit, such as 30/minute or 10/hour, or to off"
        )
    return limit
