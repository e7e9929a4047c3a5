"""The logins of a product's own API: fixed headers, personal tokens, and tokens that expire."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from registries.errors import AuthenticationFailed
from registries.oci.remembered import Remembered
from registries.transport.endpoint import Credential

_NO_HEADERS: dict[str, str] = {}
# A token rejected at this age was never valid, and another one would be rejected too.
_FRESH_SECONDS = 10.0
_RENEWAL_FRACTION = 0.9


class Login(Protocol):
    """Authenticates requests to an API."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers to send; empty for anonymous access."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Return whether other credentials are available than ``refused``, which got a 401."""


class FixedLogin:
    """Headers that do not change."""

    def __init__(self, headers: Mapping[str, str] = _NO_HEADERS) -> None:
        self._headers = headers

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def renew(self, refused: Mapping[str, str]) -> bool:
        return False


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


class PersonalToken(FixedLogin):
    """A personal token that is not sent again once it is rejected. Thread-safe.

    GitHub and GitLab block a client that continues with a rejected token. Without credentials,
    access is anonymous.
    """

    def __init__(self, credential: Credential | None) -> None:
        super().__init__({"Authorization": f"Bearer {credential.secret}"} if credential else {})
        self._is_rejected = False

    def headers(self) -> Mapping[str, str]:
        if self._is_rejected:
            raise AuthenticationFailed("Authentication failed: the token was rejected", status=401)
        return super().headers()

    def renew(self, refused: Mapping[str, str]) -> bool:
        self._is_rejected = bool(refused)
        return False


class TokenLogin:
    """A token that is renewed before it expires. Thread-safe.

    ``fetch`` returns a token and its lifetime in seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], tuple[str, float]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._login = Remembered(self._fetch_headers, clock)

    def headers(self) -> Mapping[str, str]:
        return self._login.get()[0]

    def renew(self, refused: Mapping[str, str]) -> bool:
        known = self._login.value
        if known is not None and known[0] is refused:
            if self._clock() < known[1]:
                return False
            self._login.forget(known)
        return True

    def _fetch_headers(self) -> tuple[tuple[Mapping[str, str], float], float]:
        token, seconds = self._fetch()
        fresh_until = self._clock() + min(_FRESH_SECONDS, seconds)
        return ({"Authorization": f"Bearer {token}"}, fresh_until), seconds * _RENEWAL_FRACTION
