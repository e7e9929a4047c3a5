from __future__ import annotations

from collections.abc import Sequence

from harborguard.readiness.outcome import NotReady, Outcome, passed
from registries.errors import CredentialUnreadable
from registries.models import Credential
from registries.secrets import Keyring, key_id_of, unseal
from registries.services import binding, keyring

# One damaged row is its registry's trouble; a key that opens none of so many is the wrong one.
_TRIED_A_KEY = 3


def credential_keys() -> Outcome:
    """With each key that stored credentials are sealed with, one of them is opened."""
    envelopes = Credential.objects.filter(envelope__contains=".").values_list("pk", "envelope")
    by_key: dict[str, list[int]] = {}
    for pk, envelope in envelopes:
        by_key.setdefault(key_id_of(envelope), []).append(pk)
    wrong = [key_id for key_id, pks in by_key.items() if not _opens_any(pks[-_TRIED_A_KEY:])]
    if wrong:
        raise NotReady(
            f"{len(wrong)} of the {len(by_key)} keys that logins were encrypted with are missing "
            "or wrong: check HARBORGUARD_CREDENTIAL_KEYS"
        )
    return passed("Stored logins open")


def _opens_any(pks: Sequence[int]) -> bool:
    ring = keyring()
    some = Credential.objects.filter(pk__in=pks).select_related("registry")
    return any(_opens(credential, ring) for credential in some)


def _opens(credential: Credential, ring: Keyring) -> bool:
    try:
        unseal(credential.envelope, bound_to=binding(credential.registry), keyring=ring)
    except CredentialUnreadable:
        return False
    return True
