"""Envelope encryption of registry credentials (docs/decisions/0009).

Each secret has a data key of its own (AES-256-GCM), wrapped by one of the installation's keys,
which is named by its id. Both are bound to the registry and its place: an envelope that is copied
to another row, or kept while the URL changes, does not open.

Format: ``v1.<key id>.<wrapped data key>.<sealed secret>``, base64url, nonce first.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registries.errors import CredentialUnreadable

_VERSION = "v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keyring:
    """The installation's keys by id. ``active`` encrypts; all of them decrypt."""

    active: str
    keys: Mapping[str, bytes]

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Parse ``id:hex,id:hex``, the active key first. Raise ValueError, without any key in
        it."""
        keys: dict[str, bytes] = {}
        for number, part in enumerate(text.split(","), start=1):
            key_id, _, encoded = part.strip().partition(":")
            if not key_id.isalnum() or key_id in keys:
                raise ValueError(f"key {number} needs a unique id of letters and digits")
            try:
                keys[key_id] = bytes.fromhex(encoded)
            except ValueError:
                raise ValueError(f"key {key_id!r} is not hexadecimal") from None
            if len(keys[key_id]) != _KEY_BYTES:
                raise ValueError(f"key {key_id!r} must be 32 bytes, as 64 hexadecimal digits")
        return cls(next(iter(keys)), keys)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.keys)})"


def seal(secret: str, *, bound_to: str, keyring: Keyring) -> str:
    context = bound_to.encode()
    data_key = AESGCM.generate_key(bit_length=256)
    wrapped = _encrypt(keyring.keys[keyring.active], data_key, context)
    sealed = _encrypt(data_key, secret.encode(), context)
    return ".".join((_VERSION, keyring.active, _encode(wrapped), _encode(sealed)))


def unseal(envelope: str, *, bound_to: str, keyring: Keyring) -> str:
    """Decrypt. Raise CredentialUnreadable if the key is missing, or the envelope is of another
    place."""
    context = bound_to.encode()
    try:
        version, key_id, wrapped, sealed = envelope.split(".")
        if version != _VERSION:
            raise ValueError(version)
        data_key = _decrypt(keyring.keys[key_id], _decode(wrapped), context)
        return _decrypt(data_key, _decode(sealed), context).decode()
    except KeyError:
        raise CredentialUnreadable(
            f"The stored credentials were encrypted with key {key_id!r}, which is not configured"
        ) from None
    except (InvalidTag, ValueError, binascii.Error):
        raise CredentialUnreadable(
            "The stored credentials cannot be decrypted: they are damaged, or belong to "
            "another registry"
        ) from None


def key_id_of(envelope: str) -> str:
    return envelope.split(".")[1]


def _encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _decrypt(key: bytes, data: bytes, context: bytes) -> bytes:
    return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], context)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
