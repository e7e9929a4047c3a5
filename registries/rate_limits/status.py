"""The rate limits of a registry, as pages and API show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from harborguard.clock import Now
from registries.models import Breaker, RateLimit, Registry
from registries.transport.origin import Origin

# A budget without a reset time is dropped after a day.
_BUDGET_HOLDS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LimitStatus:
    """``concurrency`` is None where as many requests as configured are allowed."""

    banned_until: datetime | None = None
    reason: str = ""
    held_until: datetime | None = None
    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None
    concurrency: int | None = None


def limit_status(registry: Registry) -> LimitStatus | None:
    """Return the limits of all hosts that the registry was last read from, or None if there is
    nothing to show."""
    rates = list(registry.rate_limits.annotate(now=Now()))
    hosts = {rate.host for rate in rates} | {Origin.parse(registry.url).netloc}
    bans = Breaker.objects.filter(host__in=hosts, banned_until__gt=Now())
    ban = bans.order_by("-banned_until").first()
    scarce = _scarcest(rates)
    held = [rate.held_until for rate in rates if rate.held_until and rate.held_until > rate.now]
    narrow = [rate.concurrency for rate in rates if rate.concurrency is not None]
    told = LimitStatus(
        banned_until=ban.banned_until if ban else None,
        reason=ban.reason if ban else "",
        held_until=max(held, default=None),
        limit=scarce.limit if scarce else None,
        remaining=scarce.remaining if scarce else None,
        resets_at=scarce.resets_at if scarce else None,
        concurrency=min(narrow, default=None),
    )
    return None if told == LimitStatus() else told


def _scarcest(rates: Iterable[RateLimit]) -> RateLimit | None:
    """Return the budget that runs out first, of those still valid."""
    holding = [rate for rate in rates if rate.remaining is not None and _holds(rate)]
    return min(holding, key=_share_left, default=None)


def _holds(rate: RateLimit) -> bool:
    now: datetime = rate.now  # type: ignore[attr-defined]  # annotated
    if rate.resets_at is not None:
        return rate.resets_at > now
    return rate.updated_at > now - _BUDGET_HOLDS


def _share_left(rate: RateLimit) -> float:
    return (rate.remaining or 0) / (rate.limit or 1)
