"""A token that somebody made by hand, sent with every question until it is refused.

Whoever goes on with a token that is refused is shut out for a while, at GitHub and at GitLab.
"""

from __future__ import annotations

from collections.abc import Mapping

from registries.errors import AuthenticationFailed
from registries.providers.shared.native_api import FixedLogin
from registries.transport.endpoint import Credential


class PersonalToken(FixedLogin):
    """Nobody's, without a credential. Safe to share between threads."""

    def __init__(self, credential: Credential | None) -> None:
        super().__init__({"Authorization": f"Bearer {credential.secret}"} if credential else {})
        self._is_refused = False

    def headers(self) -> Mapping[str, str]:
        if self._is_refused:
            raise AuthenticationFailed("Authentication failed: the token was refused", status=401)
        return super().headers()

    def renew(self, refused: Mapping[str, str]) -> bool:
        self._is_refused = bool(refused)
        return False
