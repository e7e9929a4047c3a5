"""The secrets of a webhook: the token in its URL, and the webhook secret shared with the sender."""

from __future__ import annotations

import hashlib
from secrets import token_urlsafe

from registries import secrets, services

_BYTES = 32


def new() -> str:
    return token_urlsafe(_BYTES)


def hash_of(token: str) -> str:
    """Return the index key of a webhook token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def seal(text: str, registry_id: int) -> str:
    return secrets.seal(text, bound_to=_binding(registry_id), keyring=services.keyring())


def unseal(envelope: str, registry_id: int) -> str:
    """Decrypt. Raise CredentialUnreadable."""
    return secrets.unseal(envelope, bound_to=_binding(registry_id), keyring=services.keyring())


def _binding(registry_id: int) -> str:
    return f"harborguard webhook of registry {registry_id}"
