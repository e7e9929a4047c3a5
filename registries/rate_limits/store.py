"""The limits of registry hosts, shared by all workers in the database.

Each step is one conditional UPDATE on the database's clock. A refusal counts once: what was sent
before somebody stored it, and is refused after that, says nothing new.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Case, Count, F, Q, Value, When
from django.utils.crypto import salted_hmac

from harborguard.clock import Now
from registries.models import Breaker, RateLimit
from registries.services import keyring
from registries.transport.endpoint import Credential as Login
from registries.transport.host_limiter import Ban
from registries.transport.rate_headers import Budget

UNUSED_AFTER = timedelta(days=30)
# GitLab blocks an address for an hour after 30 failed logins within 3 minutes.
LOGIN_WINDOW = timedelta(minutes=3)
FAILED_LOGINS_MOST = 10

_WIDER_AFTER = timedelta(seconds=1)
_REASON_LONGEST = 500
_PRUNED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """The limits stored for one host and credential. ``sharers`` are registries being read under
    it."""

    id: int
    concurrency: int | None
    epoch: int
    held_for: float
    sharers: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A host that may not be called now. ``logins_paused_for`` is zero while logins are allowed."""

    ban: Ban | None
    failed_logins: int
    logins_paused_for: float


def fingerprint(login: Login | None) -> str:
    """Return a hash of the credentials. Guessing a password from it takes the encryption key."""
    if login is None:
        return ""
    ring = keyring()
    pair, key = f"{login.username}\0{login.secret}", ring.keys[ring.active]
    return salted_hmac("registries.limit_store", pair, key, algorithm="sha256").hexdigest()


def join(registry_id: int | None, hosts: Collection[str], credential: str) -> None:
    """Read the registry under these limits from now on; create missing ones."""
    RateLimit.objects.bulk_create(
        [
            RateLimit(host=host, credential=credential, turned_at=Now(), updated_at=Now())
            for host in sorted(hosts)
        ],
        update_conflicts=True,
        unique_fields=["host", "credential"],
        update_fields=["updated_at"],
    )
    if registry_id is None:
        return
    link = RateLimit.registries.through
    ids = RateLimit.objects.filter(host__in=hosts, credential=credential).values_list("pk")
    link.objects.bulk_create(
        [link(ratelimit_id=pk, registry_id=registry_id) for (pk,) in ids], ignore_conflicts=True
    )


def leave_others(registry_id: int, hosts: Collection[str], credential: str) -> None:
    """Forget the limits of the connection before it was changed."""
    ours = Q(ratelimit__host__in=hosts, ratelimit__credential=credential)
    RateLimit.registries.through.objects.filter(registry_id=registry_id).exclude(ours).delete()


def known(hosts: Collection[str], credential: str) -> dict[str, Known]:
    leased = Q(registries__lease_until__gt=Now())
    rows = RateLimit.objects.filter(host__in=hosts, credential=credential).annotate(
        now=Now(), sharers=Count("registries", filter=leased)
    )
    return {
        row.host: Known(
            row.pk, row.concurrency, row.epoch, _seconds(row.now, row.held_until), row.sharers
        )
        for row in rows
    }


def closed(hosts: Collection[str]) -> dict[str, Closed]:
    """Return the hosts that block us, or might after another failed login."""
    shut = Q(banned_until__gt=Now())
    touchy = Q(failed_logins__gte=FAILED_LOGINS_MOST, counting_since__gt=Now() - LOGIN_WINDOW)
    rows = Breaker.objects.filter(shut | touchy, host__in=hosts).annotate(now=Now())
    return {
        row.host: Closed(
            Ban(seconds, row.reason) if (seconds := _seconds(row.now, row.banned_until)) else None,
            row.failed_logins,
            _seconds(row.now, row.counting_since and row.counting_since + LOGIN_WINDOW)
            if row.failed_logins >= FAILED_LOGINS_MOST
            else 0.0,
        )
        for row in rows
    }


def narrow(limit: Known, most: int) -> None:
    """Halve the concurrency, unless somebody has since ``limit`` was read."""
    RateLimit.objects.filter(pk=limit.id, epoch=limit.epoch).update(
        concurrency=max(1, (limit.concurrency or most) // 2),
        epoch=F("epoch") + 1,
        turned_at=Now(),
        updated_at=Now(),
    )


def widen(limit: Known, most: int) -> None:
    """Raise the concurrency by one, at the earliest a second after the last change."""
    if limit.concurrency is None or limit.held_for:
        return
    wider = limit.concurrency + 1
    RateLimit.objects.filter(
        pk=limit.id,
        epoch=limit.epoch,
        concurrency=limit.concurrency,
        turned_at__lte=Now() - _WIDER_AFTER,
    ).update(concurrency=wider if wider < most else None, turned_at=Now())


def hold(limit: Known, seconds: float) -> None:
    until = Now() + timedelta(seconds=seconds)
    shorter = Q(held_until=None) | Q(held_until__lt=until)
    RateLimit.objects.filter(shorter, pk=limit.id).update(held_until=until, updated_at=Now())


def keep_budget(limit: Known, budget: Budget) -> None:
    resets_at = budget.resets_at
    RateLimit.objects.filter(pk=limit.id).update(
        limit=budget.limit,
        remaining=budget.remaining,
        resets_at=None if resets_at is None else datetime.fromtimestamp(resets_at, UTC),
        updated_at=Now(),
    )


@transaction.atomic
def ban(host: str, told: Ban) -> None:
    """Block the host for everybody, with any credentials: hosts block addresses."""
    _touch_breaker(host)
    until = Now() + timedelta(seconds=told.seconds)
    shorter = Q(banned_until=None) | Q(banned_until__lt=until)
    Breaker.objects.filter(shorter, host=host).update(
        banned_until=until, reason=told.reason[:_REASON_LONGEST]
    )


@transaction.atomic
def count_failed_logins(host: str, count: int) -> None:
    _touch_breaker(host)
    counting = When(counting_since__gt=Now() - LOGIN_WINDOW, then=F("failed_logins") + count)
    since = When(counting_since__gt=Now() - LOGIN_WINDOW, then=F("counting_since"))
    Breaker.objects.filter(host=host).update(
        failed_logins=Case(counting, default=Value(count)),
        counting_since=Case(since, default=Now()),
    )


def prune() -> None:
    """Delete what nobody has used for a month, in batches."""
    for model in (RateLimit, Breaker):
        old = model.objects.filter(updated_at__lt=Now() - UNUSED_AFTER)
        ids = list(old.values_list("pk", flat=True)[:_PRUNED_AT_ONCE])
        if ids:
            old.filter(pk__in=ids).delete()


def _touch_breaker(host: str) -> None:
    Breaker.objects.bulk_create(
        [Breaker(host=host, updated_at=Now())],
        update_conflicts=True,
        unique_fields=["host"],
        update_fields=["updated_at"],
    )


def _seconds(now: datetime, until: datetime | None) -> float:
    return max(0.0, (until - now).total_seconds()) if until is not None else 0.0
