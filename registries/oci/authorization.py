"""Choose the ``Authorization`` header for a registry, as learned from its challenges.

Nothing is sent before the registry asks for it, or has let us in without it. Basic credentials go
to the registry itself and to a trusted token server; tokens go to the registry. Where a product
accepts the secret as a token, that is sent instead of both.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import replace

from registries.errors import AuthenticationFailed, ChallengeInvalid
from registries.oci.challenge import Challenge, parse_challenges
from registries.oci.media_types import ACCEPT_JSON
from registries.oci.quirks import NO_QUIRKS, Quirks
from registries.oci.realm import trusted_realm
from registries.oci.scope import Scopes, to_read_only
from registries.oci.token import MAX_BODY_BYTES, TokenServer
from registries.transport.endpoint import Credential, Endpoint
from registries.transport.printable import printable
from registries.transport.redaction import redacted
from registries.transport.session import Session, request_headers


class Authorization:
    def __init__(
        self, endpoint: Endpoint, clock: Callable[[], float], quirks: Quirks = NO_QUIRKS
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        limits = replace(endpoint.limits, body_bytes=MAX_BODY_BYTES)
        self._session = Session(replace(endpoint, limits=limits))
        self._is_own_token = _is_token(endpoint.credential, quirks)
        self._refresh_token = _refresh_token(endpoint.credential, quirks)
        self._login = None
        if self._refresh_token is None:
            self._login = _login(endpoint.credential, self._is_own_token)
        self._is_direct = False
        self._token_server: TokenServer | None = None
        self._lock = threading.Lock()

    @property
    def requests(self) -> int:
        return self._session.requests

    @property
    def bytes_read(self) -> int:
        return self._session.bytes_read

    def header(self, scopes: Scopes) -> str | None:
        """Return the header that the registry is known to require, or None before any challenge."""
        if self._is_direct:
            return self._login
        if self._token_server is None:
            return None
        return f"Bearer {self._token_server.token(scopes)}"

    def answer(self, challenges: str, scopes: Scopes, sent: str | None) -> str | None:
        """Return the header for another attempt after a 401, or None if nothing else is left to
        send.

        ``challenges`` is the ``WWW-Authenticate`` header of the 401 that ``sent`` got.
        """
        if sent is not None and not challenges:
            return None
        challenge = _chosen(parse_challenges(challenges), sent)
        if challenge.scheme == "basic" or self._is_own_token:
            return self._answer_directly(sent)
        with self._lock:
            self._token_server = server = self._server(challenge)
            self._is_direct = False
        wanted = to_read_only(challenge.parameters.get("scope", ""))
        refused = sent.removeprefix("Bearer ") if sent else None
        token = server.replacement(scopes, wanted, refused)
        return None if token is None else f"Bearer {token}"

    def volunteer(self) -> bool:
        """Send the credentials unasked from now on, if there are any and they were never required.

        A registry that is open to everybody shows private repositories only to credentials.
        """
        if self._login is None or self._is_direct or self._token_server is not None:
            return False
        self._is_direct = True
        return True

    def forget_token(self, scopes: Scopes) -> None:
        """Forget the token, so that the next one proves whether the credentials are still valid."""
        if self._token_server is not None:
            self._token_server.forget(scopes)

    def close(self) -> None:
        self._token_server = None
        self._session.close()

    def _answer_directly(self, sent: str | None) -> str | None:
        if self._login is None:
            raise AuthenticationFailed(
                f"Authentication failed: {self._endpoint.origin} requires a user name and password",
                status=401,
            )
        if sent == self._login:
            return None
        self._is_direct = True
        return self._login

    def _server(self, challenge: Challenge) -> TokenServer:
        realm = trusted_realm(challenge.parameters["realm"], self._endpoint)
        service = challenge.parameters.get("service")
        known = self._token_server
        if known is not None and (known.realm, known.service) == (realm, service):
            return known
        login = {"Authorization": self._login} if self._login else {}
        headers = request_headers({"Accept": ACCEPT_JSON} | login)
        return TokenServer(self._session, realm, service, headers, self._clock, self._refresh_token)


def _chosen(challenges: tuple[Challenge, ...], sent: str | None) -> Challenge:
    """Return Bearer rather than Basic: a stolen token is worth less."""
    for challenge in challenges:
        if challenge.scheme == "bearer" and "realm" in challenge.parameters:
            return challenge
    for challenge in challenges:
        if challenge.scheme == "basic":
            return challenge
    schemes = ", ".join(
        printable(redacted(challenge.scheme, sent), 20) for challenge in challenges[:5]
    )
    raise ChallengeInvalid(f"Challenge invalid: it requires {schemes} instead of Basic or Bearer")


def _is_token(credential: Credential | None, quirks: Quirks) -> bool:
    return quirks.takes_bearer and credential is not None and not credential.username


def _refresh_token(credential: Credential | None, quirks: Quirks) -> str | None:
    is_one = credential is not None and credential.username == quirks.refresh_token_user != ""
    return credential.secret if credential and is_one else None


def _login(credential: Credential | None, is_token: bool) -> str | None:
    if credential is None:
        return None
    return f"Bearer {credential.secret}" if is_token else _basic(credential)


def _basic(credential: Credential) -> str:
    pair = f"{credential.username}:{credential.secret}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
