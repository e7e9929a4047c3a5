from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat, StrIndex, Substr

from harborguard.ops.readiness.outcome import NotReady, Outcome, passed
from registries.errors import CredentialUnreadable
from registries.models import Credential
from registries.secrets import Keyring, unseal
from registries.services import binding, keyring

# One damaged row is its registry's problem; a key that decrypts none of so many is the wrong one.
_TRIED_A_KEY = 3


def credential_keys() -> Outcome:
    """Decrypt a stored credential with each key in use."""
    key_ids = set(_sealed().values_list("key_id", flat=True).distinct())
    wrong = [key_id for key_id in key_ids if not _opens_any(key_id)]
    if wrong:
        raise NotReady(
            f"{len(wrong)} of the {len(key_ids)} keys that encrypted credentials are missing "
            "or wrong. Check HARBORGUARD_CREDENTIAL_KEYS"
        )
    return passed("Stored credentials can be decrypted")


def _sealed() -> QuerySet[Any, Any]:
    """Return sealed credentials by key id, found by the database: not all envelopes are read."""
    dot = Value(".")
    behind_version = Concat(Substr("envelope", StrIndex("envelope", dot) + 1), dot)
    return (
        Credential.objects.filter(envelope__contains=".")
        .annotate(behind_version=behind_version)
        .annotate(key_id=Substr("behind_version", 1, StrIndex("behind_version", dot) - 1))
    )


def _opens_any(key_id: str) -> bool:
    ring = keyring()
    some = _sealed().filter(key_id=key_id).select_related("registry").order_by("-pk")
    return any(_opens(credential, ring) for credential in some[:_TRIED_A_KEY])


def _opens(credential: Credential, ring: Keyring) -> bool:
    try:
        unseal(credential.envelope, bound_to=binding(credential.registry), keyring=ring)
    except CredentialUnreadable:
        return False
    return True
