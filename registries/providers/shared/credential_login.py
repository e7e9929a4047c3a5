"""Credentials that are sent with every request."""

from __future__ import annotations

import base64

from registries.providers.shared.native_api import FixedLogin
from registries.transport.endpoint import Credential


def basic_login(credential: Credential | None) -> FixedLogin:
    """Return Basic authentication, or no authentication without credentials."""
    if credential is None:
        return FixedLogin()
    pair = f"{credential.username}:{credential.secret}".encode()
    return FixedLogin({"Authorization": f"Basic {base64.b64encode(pair).decode()}"})


def basic_or_bearer_login(credential: Credential | None) -> FixedLogin:
    """Return Basic authentication, or Bearer for a secret without a user name."""
    if credential is None or credential.username:
        return basic_login(credential)
    return FixedLogin({"Authorization": f"Bearer {credential.secret}"})
