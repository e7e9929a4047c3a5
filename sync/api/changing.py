"""A change of a connection as a script means it: nothing is lost without a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from rest_framework.exceptions import ValidationError

from harborguard.access.actor import Actor
from harborguard.api.refusals import Refusal
from registries.models import Registry
from registries.services import KEPT
from sync.api.login import given_login
from sync.services import connecting

_CREDENTIAL_NEEDED = (
    "The stored login belongs to the place that the connection leads to now. Give the "
    "credential for the new one, or null to go there anonymously."
)
_TRUST_AFTERWARDS = "The connection leads to another place now: set this in a request of its own."


@transaction.atomic
def change(registry: Registry, given: Mapping[str, Any], *, by: Actor) -> None:
    """Raise Refusal or ValidationError, with nothing changed."""
    fields = dict(given)
    login = given_login(fields.pop("credential"), registry) if "credential" in given else KEPT
    done = connecting.change(registry.pk, by=by, login=login, **fields)
    if done.dropped_credential and login is KEPT:
        raise Refusal(409, "credential_needed", _CREDENTIAL_NEEDED)
    trusted = Registry.objects.values_list("trusted_realms", flat=True).get(pk=registry.pk)
    if fields.get("trusted_realms") and not trusted:
        raise ValidationError({"trustedRealms": [_TRUST_AFTERWARDS]})
