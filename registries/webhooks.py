"""The only writer of webhooks: where a registry tells of pushes, and how it proves itself.

The token is the secret part of the address. It is found by its hash, and sealed like a
credential, so that whoever may set up the registry can be shown it again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from secrets import token_urlsafe

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from harborguard.clock import Now
from registries import secrets, services
from registries.connection import address_policy, options_of
from registries.errors import CredentialUnreadable
from registries.models import Registry, Schedule, Webhook
from registries.providers import PROVIDERS, provider_for
from registries.providers.base import Provider
from registries.pushes.delivery import Pushes, Receiver, Verification
from registries.transport.origin import Origin

Action = AuditEntry.Action

# Proves nothing but that the sender knows the address.
BY_ADDRESS = "url"
OVERLAP = timedelta(hours=24)

_TOKEN_BYTES = 32
_READ_AT_A_CALL = (
    *("token_hash", "secret_envelope", "previous_secret_envelope", "previous_until"),
    *("verification", "last_received_at", "silent_since", "registry__url", "registry__provider"),
    *("registry__options", "registry__tag_include", "registry__tag_exclude"),
    *("registry__repository_include", "registry__repository_exclude"),
)
# A busy registry's every delivery need not write to the one row that is for all of them.
_TELL_AGAIN_AFTER = timedelta(seconds=1)


class NoPushes(Exception):
    """The product tells nobody of pushes."""

    code = "no_pushes"

    def __init__(self, registry: Registry) -> None:
        product = provider_for(registry.provider).name
        super().__init__(f"{registry.name} has no webhook: {product} tells nobody of pushes")


@dataclass(frozen=True, slots=True)
class Called:
    """A webhook whose address was called, with its registry and how its product speaks; ``at``
    is when, by the database, and ``found`` when it was looked up, by this process."""

    webhook: Webhook
    pushes: Pushes
    at: datetime
    found: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to prove a delivery, with what is to be set up for it at the product.

    ``needs`` are names of options; ``missing`` the labels of those that are not set.
    """

    slug: str
    name: str
    steps: tuple[str, ...] = field(repr=False)
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A webhook as whoever sets up the registry sees it."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    verification: str
    choices: tuple[Choice, ...]
    previous_valid_until: datetime | None
    last_received_at: datetime | None

    @property
    def chosen(self) -> Choice:
        return next(choice for choice in self.choices if choice.slug == self.verification)


def webhook_of(registry: Registry) -> Webhook:
    """The registry's webhook, made now if it has none yet. Raise NoPushes."""
    product = provider_for(registry.provider)
    if product.pushes is None:
        raise NoPushes(registry)
    stored: Webhook | None = getattr(registry, "webhook", None)
    return stored or _create(registry, product.pushes)


def url_of(webhook: Webhook, root: str) -> str:
    """Raise CredentialUnreadable. ``root``: as ``root_url`` gives it."""
    token = _unseal(webhook.token_envelope, webhook.registry_id)
    return address(webhook.registry.provider, token, root)


def root_url(root_of_request: str = "") -> str:
    """Where registries reach this installation: as it is set, or as it was called just now."""
    public: str = settings.PUBLIC_URL
    return (public or root_of_request).rstrip("/")


def address(provider: str, token: str, root: str) -> str:
    return root + reverse("api:webhook", args=[provider, token])


def shown(registry: Registry, root: str) -> Shown:
    """Raise NoPushes or CredentialUnreadable."""
    webhook = webhook_of(registry)
    url, secret = url_of(webhook, root), _unseal(webhook.secret_envelope, registry.pk)
    product = provider_for(registry.provider)
    return Shown(
        url=url,
        secret=secret,
        verification=verification_of(webhook, product),
        choices=tuple(_choices(product, url, secret, options_of(registry))),
        previous_valid_until=webhook.previous_until if _overlaps(webhook) else None,
        last_received_at=webhook.last_received_at,
    )


@transaction.atomic
def rotate(registry: Registry, *, by: Actor, overlap: timedelta = OVERLAP) -> None:
    """A new address and a new secret; those of now are good for a while longer.

    Raise NoPushes.
    """
    webhook = Webhook.objects.select_for_update().get(pk=webhook_of(registry).pk)
    webhook.previous_token_hash = webhook.token_hash
    webhook.previous_secret_envelope = webhook.secret_envelope
    webhook.previous_until = Webhook.objects.values_list(Now() + overlap, flat=True)[0]
    _renew(webhook)
    webhook.save()
    _forget_calls()
    changes = {"webhook.token": (audit.MASK, audit.MASK), "webhook.secret": (audit.MASK,) * 2}
    audit.record(Action.WEBHOOK_ROTATED, by=by, on=registry, changes=changes)


@transaction.atomic
def choose_verification(registry: Registry, slug: str, *, by: Actor) -> None:
    """Raise NoPushes, or ValidationError if the product does not know that way."""
    webhook = Webhook.objects.select_for_update().get(pk=webhook_of(registry).pk)
    product = provider_for(registry.provider)
    known = [*_ways(product), BY_ADDRESS]
    if slug not in known:
        raise ValidationError({"verification": f"Not one of: {', '.join(known)}."})
    before = verification_of(webhook, product)
    if slug == before:
        return
    Webhook.objects.filter(pk=webhook.pk).update(verification=slug)
    _forget_calls()
    changes = {"webhook.verification": (before, slug)}
    audit.record(Action.WEBHOOK_CHANGED, by=by, on=registry, changes=changes)


def called(provider: str, token: str) -> Called | None:
    """The webhook with that address, and its registry, as one query sees them.

    What was found is good for a second: a registry in a hurry calls hundreds of times in one.
    """
    moment = time.monotonic()
    call = _called(provider, _hash(token), int(moment))
    return call and replace(call, at=call.at + timedelta(seconds=moment - call.found))


def receivers(webhook: Webhook, url: str) -> Iterator[Receiver]:
    """As a delivery may be meant for: with the secret of now, and with that of before.

    Raise CredentialUnreadable.
    """
    now = Receiver(
        origin=Origin.parse(webhook.registry.url),
        url=url,
        secret=_unseal(webhook.secret_envelope, webhook.registry_id),
        options=options_of(webhook.registry),
        addresses=address_policy(),
    )
    yield now
    if _overlaps(webhook):
        # Whoever renews what cannot be read any more needs the new one alone.
        with suppress(CredentialUnreadable):
            yield replace(
                now, secret=_unseal(webhook.previous_secret_envelope, webhook.registry_id)
            )


def way_of(webhook: Webhook) -> Verification | None:
    """How a delivery has to prove itself; None: by the address alone."""
    product = provider_for(webhook.registry.provider)
    return _ways(product).get(verification_of(webhook, product))


def verification_of(webhook: Webhook, product: Provider) -> str:
    """As it was chosen; the best there is, where the product does not know that one any more."""
    if webhook.verification == BY_ADDRESS or webhook.verification in _ways(product):
        return webhook.verification
    return _best(product.pushes)


def heard_from(call: Called) -> None:
    """Something has come that proved to be the registry's own."""
    webhook, last = call.webhook, call.webhook.last_received_at
    if last is None or webhook.silent_since or call.at - last >= _TELL_AGAIN_AFTER:
        rows = Webhook.objects.filter(pk=webhook.pk)
        rows.update(last_received_at=call.at, silent_since=None)
        webhook.last_received_at, webhook.silent_since = call.at, None


def found_silent(registry_id: int) -> None:
    """A sync has found what no push has told."""
    Webhook.objects.filter(registry=registry_id, silent_since=None).update(silent_since=Now())


def last_received_at(registry: Registry) -> datetime | None:
    """When the registry itself last called."""
    webhook: Webhook | None = getattr(registry, "webhook", None)
    return webhook.last_received_at if webhook else None


def is_silent(registry: Registry) -> bool:
    """Whether a connection that relies on pushes has found what none has told of."""
    webhook: Webhook | None = getattr(registry, "webhook", None)
    relies = registry.schedule == Schedule.ON_PUSH
    return relies and webhook is not None and webhook.silent_since is not None


def forget(registry_id: int) -> None:
    """The address leads nowhere any more; a new one is made when it is looked at."""
    Webhook.objects.filter(registry=registry_id).delete()
    _forget_calls()


@transaction.atomic
def reseal(registry: Registry, *, by: Actor) -> bool:
    """Seal with the active key; return whether anything was on another.

    Raise CredentialUnreadable, and leave it as it is, if its own key is not there.
    """
    ring = services.keyring()
    webhook = Webhook.objects.select_for_update().get(registry=registry)
    sealed_with = set()
    for name in ("token_envelope", "secret_envelope", "previous_secret_envelope"):
        envelope = getattr(webhook, name)
        if envelope and secrets.key_id_of(envelope) != ring.active:
            sealed_with.add(secrets.key_id_of(envelope))
            setattr(webhook, name, _seal(_unseal(envelope, registry.pk), registry.pk))
    if not sealed_with:
        return False
    webhook.save()
    changes = {"webhook.key": (", ".join(sorted(sealed_with)), ring.active)}
    audit.record(Action.WEBHOOK_RESEALED, by=by, on=registry, changes=changes)
    return True


@lru_cache(maxsize=1000)
def _called(provider: str, token_hash: str, second: int) -> Called | None:
    product = PROVIDERS.get(provider)
    if product is None or product.pushes is None:
        return None
    good = Q(token_hash=token_hash) | Q(previous_token_hash=token_hash, previous_until__gt=Now())
    rows = Webhook.objects.select_related("registry").only(*_READ_AT_A_CALL).annotate(now=Now())
    row = rows.filter(good, registry__provider=provider).first()
    return Called(row, product.pushes, row.now, time.monotonic()) if row else None


def _forget_calls() -> None:
    """Here, and once what is being changed is committed; other processes need their second."""
    transaction.on_commit(_called.cache_clear)


def _create(registry: Registry, pushes: Pushes) -> Webhook:
    """Two may look at it for the first time at once: one of them makes it."""
    webhook = Webhook(registry=registry, verification=_best(pushes))
    _renew(webhook)
    try:
        with transaction.atomic():
            webhook.save()
    except IntegrityError:
        return Webhook.objects.select_related("registry").get(registry=registry)
    return webhook


def _renew(webhook: Webhook) -> None:
    token = token_urlsafe(_TOKEN_BYTES)
    webhook.token_hash = _hash(token)
    webhook.token_envelope = _seal(token, webhook.registry_id)
    webhook.secret_envelope = _seal(token_urlsafe(_TOKEN_BYTES), webhook.registry_id)


def _choices(
    product: Provider, url: str, secret: str, options: Mapping[str, object]
) -> Iterator[Choice]:
    pushes = product.pushes
    if pushes is None:
        return
    there = _filled_in(pushes.steps, url, secret)
    last = _filled_in(pushes.last_steps, url, secret)
    for way in pushes.verifications:
        steps = there + _filled_in(way.steps, url, secret) + last
        missing = tuple(
            option.label
            for option in product.options
            if option.name in way.needs and not options.get(option.name)
        )
        yield Choice(way.slug, way.name, steps, way.needs, missing)
    yield Choice(BY_ADDRESS, "The secret address alone", there + last)


def _filled_in(steps: tuple[str, ...], url: str, secret: str) -> tuple[str, ...]:
    """Steps may hold other braces: they quote configuration files."""
    return tuple(step.replace("{url}", url).replace("{secret}", secret) for step in steps)


def _ways(product: Provider) -> dict[str, Verification]:
    return {way.slug: way for way in product.pushes.verifications} if product.pushes else {}


def _best(pushes: Pushes | None) -> str:
    return pushes.verifications[0].slug if pushes and pushes.verifications else BY_ADDRESS


def _overlaps(webhook: Webhook) -> bool:
    until = webhook.previous_until
    return (
        until is not None
        and Webhook.objects.filter(pk=webhook.pk, previous_until__gt=Now()).exists()
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _binding(registry_id: int) -> str:
    return f"harborguard webhook of registry {registry_id}"


def _seal(text: str, registry_id: int) -> str:
    return secrets.seal(text, bound_to=_binding(registry_id), keyring=services.keyring())


def _unseal(envelope: str, registry_id: int) -> str:
    return secrets.unseal(envelope, bound_to=_binding(registry_id), keyring=services.keyring())
