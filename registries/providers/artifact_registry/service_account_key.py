"""Service account keys: Google's JSON key files.

A key file can contain more than a key: the URL of a token server or, for other kinds of account,
files to read and programs to run. So only the key is used.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from registries.transport.endpoint import Credential

# Google's user names for a key file and for an access token.
KEY, KEY_IN_BASE64, TOKEN = "_json_key", "_json_key_base64", "oauth2accesstoken"

_NEEDED = ("type", "project_id", "private_key_id", "private_key", "client_email")
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


def normal_login(credential: Credential) -> Credential:
    """Return the key on one line, or the token. Raise ValueError with a message for the user."""
    username, secret = credential.username.strip(), credential.secret.strip()
    if username == TOKEN:
        if not is_token(secret):
            raise ValueError("a token is a single word")
        return Credential(TOKEN, secret)
    if username not in ("", KEY, KEY_IN_BASE64):
        raise ValueError(
            f"the user name must be {KEY} for a service account key, or {TOKEN} for an access token"
        )
    return Credential(KEY, json.dumps(_key(secret)))


def key_of(credential: Credential) -> dict[str, str] | None:
    """Return the key of the credentials, or None if they are not a readable key."""
    if credential.username == TOKEN:
        return None
    try:
        return _key(credential.secret)
    except ValueError:
        return None


def is_token(text: object) -> bool:
    """Return whether the secret can be sent as a token."""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


def _key(secret: str) -> dict[str, str]:
    document = _document(secret)
    if document.get("type") != "service_account":
        raise ValueError("the key must have the type service_account")
    missing = [name for name in _NEEDED if not _is_text(document.get(name))]
    if missing:
        raise ValueError(f"the service account key lacks {', '.join(missing)}")
    try:
        load_pem_private_key(document["private_key"].encode(), password=None)
    except (TypeError, ValueError):
        raise ValueError("the private_key of the service account key cannot be read") from None
    return {name: document[name] for name in _NEEDED}


def _document(secret: str) -> dict[str, Any]:
    try:
        text = secret if secret.startswith("{") else base64.b64decode(secret, validate=True)
        # Forms and shells turn its \  into line breaks.
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        raise ValueError("paste the whole key file: JSON, from { to }") from None
    if not isinstance(document, dict):
        raise ValueError("paste the whole key file: JSON, from { to }")
    return document


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
