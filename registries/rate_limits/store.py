"""What all workers together know of the limits of registries' hosts, kept in the database.

Each step is one conditional UPDATE on the database's clock. A refusal is worth telling once:
what was sent before somebody told of one, and is refused after it, says nothing new.
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
# GitLab bans an address for an hour after 30 failed logins within 3 minutes.
LOGIN_WINDOW = timedelta(minutes=3)
FAILED_LOGINS_MOST = 10

_WIDER_AFTER = timedelta(seconds=1)
_REASON_LONGEST = 500
_PRUNED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """Of one host and credential. ``sharers`` are registries that are being read under it."""

    id: int
    concurrency: int | None
    epoch: int
    held_for: float
    sharers: int


@dataclass(frozen=True, slots=True)
class Closed:
    """Of one host. ``logins_paused_for`` is zero as long as logins may be tried."""

    ban: Ban | None
    failed_logins: int
    logins_paused_for: float


def fingerprint(login: Login | None) -> str:
    """The same for the same login. To guess a password by it takes the key that decrypts it."""
    if login is None:
        return ""
    ring = keyring()
    pair, key = f"{login.username}\0{login.secret}", ring.keys[ring.active]
    return salted_hmac("registries.limit_store", pair, key, algorithm="sha256").hexdigest()


def join(registry_id: int | None, hosts: Collection[str], credential: str) -> None:
    """From now on the registry is read under these limits, which exist from now on."""
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
    """Forget the limits that the registry was read under before its connection was changed."""
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
    """The hosts that ban us, or might if another login failed."""
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
    """Halve what may be open at once, unless another has since ``limit`` was read."""
    RateLimit.objects.filter(pk=limit.id, epoch=limit.epoch).update(
        concurrency=max(1, (limit.concurrency or most) // 2),
        epoch=F("epoch") + 1,
        turned_at=Now(),
        updated_at=Now(),
    )


def widen(limit: Known, most: int) -> None:
    """One more, a second after the last change, whoever of us is the first to do it."""
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
    """For everybody, whatever the credential: a host bans an address."""
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
    """Drop what nobody has used for a month, a part at a time."""
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
