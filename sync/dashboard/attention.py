"""Registries that need attention, as conditions that the database checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from harborguard.clock import Now
from inventory.models import Image
from registries import errors
from registries.models import Breaker, Credential, RateLimit, Registry, Schedule, Status
from registries.services import keyring
from sync.models import LIVE_STATES, State, SyncRun, Trigger
from sync.runs import schedule

# Errors that other credentials, or more permissions, fix.
CREDENTIAL_ERRORS = (
    errors.AuthenticationFailed,
    errors.AccessDenied,
    errors.CredentialUnreadable,
    errors.RealmUntrusted,
)
STALE_AFTER_PERIODS = 2
# The sweep queues unclaimed runs again every half minute, so a worker should have claimed them.
UNCLAIMED_AFTER = timedelta(minutes=10)
LEASE_LOST_FOR = timedelta(minutes=2)


class Need(models.TextChoices):
    """Reasons for attention, most urgent first."""

    CREDENTIAL = "credential", "Credentials rejected"
    BANNED = "banned", "Banned by the registry"
    STUCK = "stuck", "Waiting for a worker"
    HELD = "held", "Removals held for review"
    SILENT = "silent", "Silent webhook"
    STALE = "stale", "Stale"
    NEVER = "never", "Never synced"


def with_needs(registries: QuerySet[Registry]) -> QuerySet[Registry]:
    """Annotate each registry with the columns that ``needs_of`` reads."""
    return registries.annotate(
        **{_annotation(need): condition for need, condition in _conditions().items()}
    )


def needs_of(registry: Registry) -> Iterator[Need]:
    """Yield the needs of a registry from ``with_needs``."""
    return (need for need in Need if getattr(registry, _annotation(need)))


def needing(registries: QuerySet[Registry], need: Need) -> QuerySet[Registry]:
    return registries.filter(_conditions()[need])


def needing_anything(registries: QuerySet[Registry]) -> QuerySet[Registry]:
    return registries.filter(reduce(or_, _conditions().values()))


def needing_anything_or_failing(registries: QuerySet[Registry]) -> QuerySet[Registry]:
    """Include registries whose last sync failed: they retry automatically, but are worth a look."""
    return registries.filter(reduce(or_, _conditions().values(), Q(status=Status.ERROR)))


def _annotation(need: Need) -> str:
    return f"needs_{need}"


def _conditions() -> Mapping[Need, Q]:
    credential = Q(status=Status.ERROR, error_code__in=[error.code for error in CREDENTIAL_ERRORS])
    credential |= Q(Exists(_undecryptable()))
    return {
        Need.CREDENTIAL: credential,
        Need.BANNED: Q(Exists(_banned())),
        Need.STUCK: Q(Exists(_stuck())),
        Need.HELD: Q(Exists(Image.objects.filter(registry=OuterRef("pk"), held_at__isnull=False))),
        Need.SILENT: Q(schedule=Schedule.ON_PUSH, webhook__silent_since__isnull=False),
        # Fixing the credentials fixes this, too.
        Need.STALE: _stale() & ~credential,
        Need.NEVER: Q(status=Status.DISCONNECTED),
    }


def _undecryptable() -> QuerySet[Credential]:
    """Return credentials encrypted with a key that this installation does not have."""
    opens = [Q(envelope__contains=f".{key_id}.") for key_id in keyring().keys]
    return Credential.objects.filter(registry=OuterRef("pk")).exclude(reduce(or_, opens))


def _banned() -> QuerySet[RateLimit]:
    bans = Breaker.objects.filter(banned_until__gt=Now()).values("host")
    return RateLimit.objects.filter(registries=OuterRef("pk"), host__in=bans)


def _stuck() -> QuerySet[SyncRun]:
    live = SyncRun.objects.filter(registry=OuterRef("pk"), state__in=LIVE_STATES)
    unclaimed = Q(state=State.QUEUED, queued_at__lt=Now() - UNCLAIMED_AFTER)
    lost = Q(state=State.RUNNING, registry__lease_until__lt=Now() - LEASE_LOST_FOR)
    runs = live.exclude(trigger=Trigger.PUSH).alias(
        active_since=Coalesce("started_at", "queued_at")
    )
    overdue = Q(active_since__lt=Now() - schedule.STALE_AFTER)
    return runs.filter(unclaimed | lost | overdue)


def _stale() -> Q:
    """Match scheduled registries without a successful sync for twice their interval."""
    by_period = (
        Q(schedule=name, last_sync_at__lt=Now() - STALE_AFTER_PERIODS * period)
        | Q(
            schedule=name,
            last_sync_at=None,
            created_at__lt=Now() - STALE_AFTER_PERIODS * period,
        )
        for name, period in schedule.INTERVALS.items()
    )
    return reduce(or_, by_period) & ~Q(status=Status.DISCONNECTED)
