"""The login that a request gives, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registries.models import Registry
from registries.transport.endpoint import Credential as Login


def given_login(
    credential: Mapping[str, Any] | None, known: Registry | None = None
) -> Login | None:
    """A secret that comes without a user name goes with the one that is known, if any is."""
    if credential is None:
        return None
    stored = getattr(known, "credential", None)
    username = credential.get("username", stored.username if stored else "")
    return Login(username, credential["secret"])
