"""Access tokens of Google, obtained by google-auth with a service account key, or given.

https://cloud.google.com/artifact-registry/docs/docker/authentication
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from requests import Response

from registries.errors import (
    AuthenticationFailed,
    MalformedResponse,
    RegistryError,
    UnexpectedStatus,
)
from registries.oci.error_body import ErrorBody
from registries.providers.artifact_registry.google_auth_transport import Sending
from registries.providers.artifact_registry.service_account_key import TOKEN, is_token, key_of
from registries.providers.shared.login import FixedLogin, Login, TokenLogin
from registries.transport.endpoint import Endpoint
from registries.transport.limits import Limits
from registries.transport.origin import Origin
from registries.transport.session import Session

# The token server, whatever a key file says.
_PATH = "/token"
TOKEN_SERVER = f"https://oauth2.googleapis.com{_PATH}"
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_MAX_BODY_BYTES = 64 * 1024
# Google's tokens last an hour; a longer lifetime than a day is not believed.
_LONGEST_SECONDS = 86_400.0
_UNTOLD_SECONDS = 60.0


class KeyTokens:
    """Tokens for the key in ``endpoint.credential``."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._key = key_of(endpoint.credential) if endpoint.credential else None
        origin = Origin.parse(TOKEN_SERVER.removesuffix(_PATH))
        self._session = Session(replace(endpoint, origin=origin, limits=_capped(endpoint.limits)))

    @property
    def requests(self) -> int:
        return self._session.requests

    @property
    def bytes_read(self) -> int:
        return self._session.bytes_read

    def close(self) -> None:
        self._session.close()

    def fetch(self) -> tuple[str, float]:
        from google.auth.exceptions import GoogleAuthError
        from google.oauth2.service_account import Credentials

        if self._key is None:
            raise AuthenticationFailed(
                "Authentication failed: the credentials are not a service account key"
            )
        info = {**self._key, "token_uri": TOKEN_SERVER}
        try:
            credentials: Any = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                info, scopes=_SCOPES
            )
            credentials.refresh(Sending(self._session, _refusal))
        except (GoogleAuthError, TypeError, ValueError) as error:
            raise MalformedResponse(
                f"Malformed response: no token for the key ({type(error).__name__})"
            ) from None
        if not is_token(credentials.token):
            raise MalformedResponse("Malformed response: the token for the key is not a token")
        return credentials.token, _seconds_left(credentials.expiry)


class DockerLogin:
    """Sends ``login``'s token the way docker does, with a user name that stands for any."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._built: tuple[Mapping[str, str], Mapping[str, str]] | None = None

    def headers(self) -> Mapping[str, str]:
        bearer = self._login.headers()
        built = self._built
        if built is None or built[0] is not bearer:
            built = self._built = bearer, _as_basic(bearer)
        return built[1]

    def renew(self, refused: Mapping[str, str]) -> bool:
        built = self._built
        return self._login.renew(built[0] if built and built[1] is refused else refused)


def login_of(endpoint: Endpoint, tokens: KeyTokens) -> Login:
    credential = endpoint.credential
    if credential is None:
        return FixedLogin()
    if credential.username == TOKEN:
        return FixedLogin({"Authorization": f"Bearer {credential.secret}"})
    return TokenLogin(tokens.fetch)


def _as_basic(bearer: Mapping[str, str]) -> Mapping[str, str]:
    if not bearer:
        return bearer
    pair = f"{TOKEN}:{bearer['Authorization'].removeprefix('Bearer ')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _refusal(response: Response) -> RegistryError:
    status, reason = response.status_code, ErrorBody.of(response)
    if status in (400, 401, 403):
        return AuthenticationFailed(
            f"Authentication failed: Google issued no token for the key, status {status}{reason}",
            status=status,
        )
    return UnexpectedStatus(
        f"Unexpected status {status} from Google's token server{reason}", status=status
    )


def _seconds_left(expiry: datetime | None) -> float:
    """Return the lifetime. ``expiry`` is in UTC, without a time zone."""
    if expiry is None:
        return _UNTOLD_SECONDS
    left = expiry.replace(tzinfo=UTC) - datetime.now(UTC)
    return min(max(0.0, left.total_seconds()), _LONGEST_SECONDS)


def _capped(limits: Limits) -> Limits:
    return replace(limits, body_bytes=_MAX_BODY_BYTES)
