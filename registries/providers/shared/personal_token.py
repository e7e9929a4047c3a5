"""A personal token that is sent with every request until it is rejected.

GitHub and GitLab block a client for a while that goes on with a rejected token.
"""

from __future__ import annotations

from collections.abc import Mapping

from registries.errors import AuthenticationFailed
from registries.providers.shared.native_api import FixedLogin
from registries.transport.endpoint import Credential


class PersonalToken(FixedLogin):
    """A personal token, or anonymous access. Thread-safe."""

    def __init__(self, credential: Credential | None) -> None:
        super().__init__({"Authorization": f"Bearer {credential.secret}"} if credential else {})
        self._is_refused = False

    def headers(self) -> Mapping[str, str]:
        if self._is_refused:
            raise AuthenticationFailed("Authentication failed: the token was rejected", status=401)
        return super().headers()

    def renew(self, refused: Mapping[str, str]) -> bool:
        self._is_refused = bool(refused)
        return False
