"""The only writer of webhooks: their URLs, secrets and verification.

The token is the secret part of the URL. It is looked up by hash, and encrypted like a credential,
so that those who may set up the registry can see it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from harborguard.clock import Now
from registries import secrets, services
from registries.connection import options_of
from registries.models import Registry, Schedule, Webhook
from registries.providers import provider_for
from registries.providers.shared.delivery import Pushes
from registries.webhook import lookup
from registries.webhook import secret as webhook_secrets
from registries.webhook.secret import seal, unseal
from registries.webhook.verification import (
    BY_ADDRESS,
    Choice,
    best_of,
    choices,
    verification_of,
    ways_of,
)

Action = AuditEntry.Action

OVERLAP = timedelta(hours=24)


class NoPushes(Exception):
    """The product sends no webhooks."""

    code = "no_pushes"

    def __init__(self, registry: Registry) -> None:
        product = provider_for(registry.provider).name
        super().__init__(f"{registry.name} has no webhook: {product} sends none")


@dataclass(frozen=True, slots=True)
class Shown:
    """A webhook as shown to those who set up the registry."""

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
    """Return the registry's webhook, and create it if it has none. Raise NoPushes."""
    product = provider_for(registry.provider)
    if product.pushes is None:
        raise NoPushes(registry)
    stored: Webhook | None = getattr(registry, "webhook", None)
    return stored or _create(registry, product.pushes)


def url_of(webhook: Webhook, root: str) -> str:
    """Return the webhook's URL below ``root`` (see ``root_url``). Raise CredentialUnreadable."""
    token = unseal(webhook.token_envelope, webhook.registry_id)
    return address(webhook.registry.provider, token, root)


def root_url(root_of_request: str = "") -> str:
    """Return the URL of this installation: as configured, or that of the current request."""
    public: str = settings.PUBLIC_URL
    return (public or root_of_request).rstrip("/")


def address(provider: str, token: str, root: str) -> str:
    return root + reverse("api:webhook", args=[provider, token])


def shown(registry: Registry, root: str) -> Shown:
    """Return the webhook with its secrets. Raise NoPushes or CredentialUnreadable."""
    webhook = webhook_of(registry)
    url, secret = url_of(webhook, root), unseal(webhook.secret_envelope, registry.pk)
    product = provider_for(registry.provider)
    return Shown(
        url=url,
        secret=secret,
        verification=verification_of(webhook, product),
        choices=tuple(choices(product, url, secret, options_of(registry))),
        previous_valid_until=webhook.previous_until if lookup.overlaps(webhook) else None,
        last_received_at=webhook.last_received_at,
    )


@transaction.atomic
def rotate(registry: Registry, *, by: Actor, overlap: timedelta = OVERLAP) -> None:
    """Create a new URL and secret; the current ones stay valid for a while.

    Raise NoPushes.
    """
    webhook = Webhook.objects.select_for_update().get(pk=webhook_of(registry).pk)
    webhook.previous_token_hash = webhook.token_hash
    webhook.previous_secret_envelope = webhook.secret_envelope
    webhook.previous_until = Webhook.objects.values_list(Now() + overlap, flat=True)[0]
    _renew(webhook)
    webhook.save()
    lookup.forget_all()
    changes = {"webhook.token": (audit.MASK, audit.MASK), "webhook.secret": (audit.MASK,) * 2}
    audit.record(Action.WEBHOOK_ROTATED, by=by, on=registry, changes=changes)


@transaction.atomic
def choose_verification(registry: Registry, slug: str, *, by: Actor) -> None:
    """Choose how deliveries are verified. Raise NoPushes, or ValidationError for an unknown way."""
    webhook = Webhook.objects.select_for_update().get(pk=webhook_of(registry).pk)
    product = provider_for(registry.provider)
    known = [*ways_of(product), BY_ADDRESS]
    if slug not in known:
        raise ValidationError({"verification": f"Not one of: {', '.join(known)}."})
    before = verification_of(webhook, product)
    if slug == before:
        return
    Webhook.objects.filter(pk=webhook.pk).update(verification=slug)
    lookup.forget_all()
    changes = {"webhook.verification": (before, slug)}
    audit.record(Action.WEBHOOK_CHANGED, by=by, on=registry, changes=changes)


def found_silent(registry_id: int) -> None:
    """Note that a sync found changes that no delivery reported, also for a webhook that was never
    set up, the most likely reason. Raise NoPushes."""
    webhook = webhook_of(Registry.objects.select_related("webhook").get(pk=registry_id))
    Webhook.objects.filter(pk=webhook.pk, silent_since=None).update(silent_since=Now())


def last_received_at(registry: Registry) -> datetime | None:
    """Return when the last verified delivery arrived."""
    webhook: Webhook | None = getattr(registry, "webhook", None)
    return webhook.last_received_at if webhook else None


def is_silent(registry: Registry) -> bool:
    """Return whether a connection that relies on webhooks has missed deliveries."""
    webhook: Webhook | None = getattr(registry, "webhook", None)
    relies = registry.schedule == Schedule.ON_PUSH
    return relies and webhook is not None and webhook.silent_since is not None


def forget(registry_id: int) -> None:
    """Delete the webhook; a new one is created when somebody opens its page."""
    Webhook.objects.filter(registry=registry_id).delete()
    lookup.forget_all()


@transaction.atomic
def reseal(registry: Registry, *, by: Actor) -> bool:
    """Re-encrypt with the active key; return whether any secret was on another.

    Raise CredentialUnreadable, and change nothing, if its own key is missing.
    """
    ring = services.keyring()
    webhook = Webhook.objects.select_for_update().get(registry=registry)
    sealed_with = set()
    for name in ("token_envelope", "secret_envelope", "previous_secret_envelope"):
        envelope = getattr(webhook, name)
        if envelope and secrets.key_id_of(envelope) != ring.active:
            sealed_with.add(secrets.key_id_of(envelope))
            setattr(webhook, name, seal(unseal(envelope, registry.pk), registry.pk))
    if not sealed_with:
        return False
    webhook.save()
    changes = {"webhook.key": (", ".join(sorted(sealed_with)), ring.active)}
    audit.record(Action.WEBHOOK_RESEALED, by=by, on=registry, changes=changes)
    return True


def _create(registry: Registry, pushes: Pushes) -> Webhook:
    """Create a webhook. If two open its page at once, one of them creates it."""
    webhook = Webhook(registry=registry, verification=best_of(pushes))
    _renew(webhook)
    try:
        with transaction.atomic():
            webhook.save()
    except IntegrityError:
        return Webhook.objects.select_related("registry").get(registry=registry)
    return webhook


def _renew(webhook: Webhook) -> None:
    token = webhook_secrets.new()
    webhook.token_hash = webhook_secrets.hash_of(token)
    webhook.token_envelope = seal(token, webhook.registry_id)
    webhook.secret_envelope = seal(webhook_secrets.new(), webhook.registry_id)
