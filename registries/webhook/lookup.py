"""Look up the webhook that was called, and how its deliveries are verified.

A busy registry calls hundreds of times per second: a lookup is cached for one second per process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial

from django.db import transaction
from django.db.models import Q

from harborguard.clock import Now
from registries.connection import address_policy, options_of
from registries.errors import CredentialUnreadable
from registries.models import Webhook
from registries.providers import PROVIDERS
from registries.providers.shared.delivery import Pushes, Receiver, Verification
from registries.tag_filter import Scope
from registries.transport.origin import Origin
from registries.webhook.secret import hash_of, unseal
from registries.webhook.verification import way_of

_READ_AT_A_CALL = (
    *("token_hash", "secret_envelope", "previous_secret_envelope", "previous_until"),
    *("verification", "last_received_at", "silent_since", "registry__url", "registry__provider"),
    *("registry__options", "registry__tag_include", "registry__tag_exclude"),
    *("registry__repository_include", "registry__repository_exclude"),
)
# Not every delivery of a busy registry needs to write to its one row.
_TELL_AGAIN_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Called:
    """A webhook that was called, with its registry and product.

    ``at`` is the time of the lookup by the database, ``found`` by this process. A delivery is meant
    for one of ``receivers``, and verified in one ``way``; None: by the secret URL alone.
    """

    webhook: Webhook
    pushes: Pushes
    way: Verification | None
    scope: Scope
    receivers: tuple[Receiver, ...] = field(repr=False)
    at: datetime
    found: float

    @property
    def registry_id(self) -> int:
        return self.webhook.registry_id


def called(provider: str, token: str, url: str) -> Called | None:
    """Return the webhook with this URL and its registry from one query, or None.

    ``url`` is the webhook's URL as the sender knows it. Raise CredentialUnreadable.
    """
    moment = time.monotonic()
    call = _called(provider, hash_of(token), url, int(moment))
    return call and replace(call, at=call.at + timedelta(seconds=moment - call.found))


def heard_from(call: Called) -> None:
    """Note that a verified delivery has arrived."""
    webhook, last = call.webhook, call.webhook.last_received_at
    if last is None or webhook.silent_since or call.at - last >= _TELL_AGAIN_AFTER:
        rows = Webhook.objects.filter(pk=webhook.pk)
        rows.update(last_received_at=call.at, silent_since=None)
        # A transaction that is rolled back has written nothing: the next one must.
        transaction.on_commit(partial(_note_heard, webhook, call.at))


def _note_heard(webhook: Webhook, at: datetime) -> None:
    webhook.last_received_at, webhook.silent_since = at, None


def overlaps(webhook: Webhook) -> bool:
    """Return whether the URL and secret from before a rotation are still valid."""
    until = webhook.previous_until
    return (
        until is not None
        and Webhook.objects.filter(pk=webhook.pk, previous_until__gt=Now()).exists()
    )


def forget_all() -> None:
    """Clear the cache here, and once the change is committed; other processes need their second."""
    transaction.on_commit(_called.cache_clear)


@lru_cache(maxsize=1000)
def _called(provider: str, token_hash: str, url: str, second: int) -> Called | None:
    product = PROVIDERS.get(provider)
    if product is None or product.pushes is None:
        return None
    good = Q(token_hash=token_hash) | Q(previous_token_hash=token_hash, previous_until__gt=Now())
    rows = Webhook.objects.select_related("registry").only(*_READ_AT_A_CALL).annotate(now=Now())
    row = rows.filter(good, registry__provider=provider).first()
    if row is None:
        return None
    return Called(
        webhook=row,
        pushes=product.pushes,
        way=way_of(row),
        scope=row.registry.scope,
        receivers=tuple(_receivers(row, url)),
        at=row.now,
        found=time.monotonic(),
    )


def _receivers(webhook: Webhook, url: str) -> Iterator[Receiver]:
    """Return what a delivery may be meant for: the current secret, and the one before a
    rotation."""
    now = Receiver(
        origin=Origin.parse(webhook.registry.url),
        url=url,
        secret=unseal(webhook.secret_envelope, webhook.registry_id),
        options=options_of(webhook.registry),
        addresses=address_policy(),
    )
    yield now
    if overlaps(webhook):
        # After a rotation because of an undecryptable secret only the new one counts.
        with suppress(CredentialUnreadable):
            yield replace(now, secret=unseal(webhook.previous_secret_envelope, webhook.registry_id))
