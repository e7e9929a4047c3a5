"""What needs a person, as conditions on registries that the database checks.

Each is about one registry, in the order in which a person would see to them.
"""

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

# What another credential, or another right of it, puts right.
CREDENTIAL_ERRORS = (
    errors.AuthenticationFailed,
    errors.AccessDenied,
    errors.CredentialUnreadable,
    errors.RealmUntrusted,
)
STALE_AFTER_PERIODS = 2
# The sweep calls for a worker again each half a minute; by then somebody should have come.
UNCLAIMED_AFTER = timedelta(minutes=10)
LEASE_LOST_FOR = timedelta(minutes=2)


class Need(models.TextChoices):
    CREDENTIAL = "credential", "Credential refused"
    BANNED = "banned", "Shut out by the registry"
    STUCK = "stuck", "No worker at its sync"
    HELD = "held", "Removals held"
    SILENT = "silent", "Webhook silent"
    STALE = "stale", "Stale"
    NEVER = "never", "Never synced"


def with_needs(registries: QuerySet[Registry]) -> QuerySet[Registry]:
    """Each with what ``needs_of`` reads."""
    return registries.annotate(
        **{_column(need): condition for need, condition in _conditions().items()}
    )


def needs_of(registry: Registry) -> Iterator[Need]:
    """Of one that came ``with_needs``."""
    return (need for need in Need if getattr(registry, _column(need)))


def needing(registries: QuerySet[Registry], need: Need) -> QuerySet[Registry]:
    return registries.filter(_conditions()[need])


def needing_anything(registries: QuerySet[Registry]) -> QuerySet[Registry]:
    return registries.filter(reduce(or_, _conditions().values()))


def needing_a_look(registries: QuerySet[Registry]) -> QuerySet[Registry]:
    """Those whose last sync failed, too: a person may not have to, as it is tried again."""
    return registries.filter(reduce(or_, _conditions().values(), Q(status=Status.ERROR)))


def _column(need: Need) -> str:
    return f"needs_{need}"


def _conditions() -> Mapping[Need, Q]:
    credential = Q(status=Status.ERROR, error_code__in=[one.code for one in CREDENTIAL_ERRORS])
    credential |= Q(Exists(_unreadable()))
    return {
        Need.CREDENTIAL: credential,
        Need.BANNED: Q(Exists(_banned())),
        Need.STUCK: Q(Exists(_stuck())),
        Need.HELD: Q(Exists(Image.objects.filter(registry=OuterRef("pk"), held_at__isnull=False))),
        Need.SILENT: Q(schedule=Schedule.ON_PUSH, webhook__silent_since__isnull=False),
        # Whoever sees to the credential has seen to this, too.
        Need.STALE: _stale() & ~credential,
        Need.NEVER: Q(status=Status.DISCONNECTED),
    }


def _unreadable() -> QuerySet[Credential]:
    """Sealed with a key that this installation does not have."""
    opens = [Q(envelope__contains=f".{key_id}.") for key_id in keyring().keys]
    return Credential.objects.filter(registry=OuterRef("pk")).exclude(reduce(or_, opens))


def _banned() -> QuerySet[RateLimit]:
    bans = Breaker.objects.filter(banned_until__gt=Now()).values("host")
    return RateLimit.objects.filter(registries=OuterRef("pk"), host__in=bans)


def _stuck() -> QuerySet[SyncRun]:
    live = SyncRun.objects.filter(registry=OuterRef("pk"), state__in=LIVE_STATES)
    unclaimed = Q(state=State.QUEUED, queued_at__lt=Now() - UNCLAIMED_AFTER)
    lost = Q(state=State.RUNNING, registry__lease_until__lt=Now() - LEASE_LOST_FOR)
    begun = live.exclude(trigger=Trigger.PUSH).alias(begun_at=Coalesce("started_at", "queued_at"))
    endless = Q(begun_at__lt=Now() - schedule.STALE_AFTER)
    return begun.filter(unclaimed | lost | endless)


def _stale() -> Q:
    """Of those that have a period, and were read once: no good sync for twice as long."""
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
