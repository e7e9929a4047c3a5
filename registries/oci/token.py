"""Request Bearer tokens from a token server: by GET, or with a refresh token by POST.

https://distribution.github.io/distribution/spec/auth/token/
https://distribution.github.io/distribution/spec/auth/oauth/
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from requests import Response

from registries.errors import (
    AuthenticationFailed,
    MalformedResponse,
    RegistryError,
    UnexpectedStatus,
)
from registries.oci.error_body import ErrorBody
from registries.oci.json_object import json_object
from registries.oci.json_web_token import lifetime as lifetime_told
from registries.oci.remembered import Remembered
from registries.oci.scope import NO_SCOPE, Scopes
from registries.transport.identity import USER_AGENT
from registries.transport.session import RequestHeaders, Session, request_headers

MAX_BODY_BYTES = 64 * 1024

# The specification's default and minimum: a shorter lifetime means "about a minute".
_LEAST_LIFETIME = 60.0
_LONGEST_LIFETIME = 86_400.0
_RENEWED_AFTER = 0.9
# A token rejected at this age was never valid, unless its lifetime was shorter still.
_FRESH = 10.0
_TOKENS_KEPT = 1024
_FORM = "application/x-www-form-urlencoded"
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    fresh_until: float


class TokenServer:
    """One realm and service. ``session`` must cap bodies at MAX_BODY_BYTES.

    ``headers`` hold the credentials, if any; ``refresh_token`` is sent instead of them.
    """

    def __init__(
        self,
        session: Session,
        realm: str,
        service: str | None,
        headers: RequestHeaders,
        clock: Callable[[], float],
        refresh_token: str | None = None,
    ) -> None:
        self.realm = realm
        self.service = service
        self._session = session
        self._headers = headers
        self._clock = clock
        self._refresh_token = refresh_token
        self._refused: RegistryError | None = None
        self._slots: OrderedDict[Scopes, Remembered[_Token]] = OrderedDict()
        self._wanted: OrderedDict[Scopes, Scopes] = OrderedDict()
        self._lock = threading.Lock()

    def token(self, scopes: Scopes) -> str:
        return self._slot(scopes).get().text

    def replacement(self, scopes: Scopes, wanted: Scopes, refused: str | None) -> str | None:
        """Return another token than ``refused``, or None if that was fresh and another would not
        help.

        ``wanted`` replaces ``scopes`` from now on: the scopes the registry requires, or "".
        """
        slot = self._slot(scopes, wanted)
        token = slot.value
        if token is not None and token.text == refused:
            if self._clock() < token.fresh_until:
                return None
            slot.forget(token)
        return slot.get().text

    def forget(self, scopes: Scopes) -> None:
        self._slot(scopes).forget()

    def _slot(self, scopes: Scopes, wanted: Scopes = NO_SCOPE) -> Remembered[_Token]:
        with self._lock:
            if wanted:
                self._wanted[scopes] = wanted
            scopes = self._wanted.get(scopes, scopes)
            slot = self._slots.get(scopes) or self._new_slot(scopes)
            for kept in (self._slots, self._wanted):
                while len(kept) > _TOKENS_KEPT:
                    kept.popitem(last=False)
            return slot

    def _new_slot(self, scopes: Scopes) -> Remembered[_Token]:
        slot = self._slots[scopes] = Remembered(lambda: self._fetch(scopes), self._clock)
        return slot

    def _fetch(self, scopes: Scopes) -> tuple[_Token, float]:
        if self._refused is not None:
            raise self._refused.plain()
        response = self._ask(scopes)
        if response.status_code != 200:
            refusal = self._refusal(response)
            # Without scopes, the credentials themselves are rejected; some servers block clients
            # that go on with them.
            if not scopes and refusal.status == 401 and "Authorization" in self._headers:
                self._refused = refusal.plain()
            raise refusal
        document = json_object(response, "the token server")
        for key in ("token", "access_token"):
            text = document.get(key)
            if isinstance(text, str) and _TOKEN.fullmatch(text):
                return self._dated(text, _lifetime(document.get("expires_in"), text))
        raise MalformedResponse("Malformed response: the token server returned no token")

    def _dated(self, text: str, lifetime: float) -> tuple[_Token, float]:
        token = _Token(text, self._clock() + min(_FRESH, lifetime))
        return token, max(_LEAST_LIFETIME, lifetime) * _RENEWED_AFTER

    def _ask(self, scopes: Scopes) -> Response:
        if self._refresh_token is None:
            return self._session.ask("GET", self._url(scopes), self._headers)
        headers = request_headers({**self._headers, "Content-Type": _FORM})
        return self._session.ask("POST", self.realm, headers, body=self._form(scopes))

    def _form(self, scopes: Scopes) -> bytes:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._refresh_token,
            "client_id": USER_AGENT.partition("/")[0],
            "service": self.service,
            "scope": " ".join(sorted(scopes)),
        }
        return urlencode({name: value for name, value in form.items() if value}).encode()

    def _url(self, scopes: Iterable[str]) -> str:
        query = [("service", self.service)] if self.service is not None else []
        query += [("scope", scope) for scope in sorted(scopes)]
        if not query:
            return self.realm
        separator = "&" if "?" in self.realm else "?"
        return f"{self.realm}{separator}{urlencode(query, quote_via=quote, safe='')}"

    def _refusal(self, response: Response) -> AuthenticationFailed | UnexpectedStatus:
        status, said = response.status_code, ErrorBody.of(response)
        # RFC 6749, 5.2: an invalid refresh token is a bad request.
        if status in (401, 403) or (status == 400 and self._refresh_token is not None):
            return AuthenticationFailed(
                f"Authentication failed: the token server answered {status}{said}", status=status
            )
        return UnexpectedStatus(
            f"Unexpected status {status} from the token server{said}", status=status
        )


def _lifetime(expires_in: Any, token: str) -> float:
    """Return the lifetime: what the server says, or else the token itself."""
    seconds = expires_in
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        seconds = lifetime_told(token)
    if seconds is None:
        return _LEAST_LIFETIME
    # Compared before it becomes a float, which cannot hold the largest of JSON's numbers.
    return float(max(0, min(seconds, _LONGEST_LIFETIME)))
