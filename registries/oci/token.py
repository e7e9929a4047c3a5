"""Bearer tokens from a registry's token server, by GET.

https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from requests import Response

from registries.errors import AuthenticationFailed, MalformedResponse, UnexpectedStatus
from registries.oci.error_body import ErrorBody
from registries.oci.json_object import json_object
from registries.transport.session import RequestHeaders, Session

MAX_BODY_BYTES = 64 * 1024

# The specification's default, and its least: a server that says less means "about a minute".
_LEAST_LIFETIME = 60.0
_RENEWED_AFTER = 0.9
# A token that is refused at this age was never any good.
_FRESH = 10.0
_TOKENS_KEPT = 1024
_TOKEN = re.compile(r"[\x21-\x7e]+")

Scopes = frozenset[str]


@dataclass(slots=True)
class _Slot:
    """The lock makes one thread fetch while the others that want the same token wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str | None = None
    fetched_at: float = 0.0
    renew_at: float = 0.0


class TokenServer:
    """One realm and service. ``session`` must cap bodies at MAX_BODY_BYTES.

    ``headers`` hold the credential, if there is one.
    """

    def __init__(
        self,
        session: Session,
        realm: str,
        service: str | None,
        headers: RequestHeaders,
        clock: Callable[[], float],
    ) -> None:
        self.realm = realm
        self.service = service
        self._session = session
        self._headers = headers
        self._clock = clock
        self._slots: OrderedDict[Scopes, _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def token(self, scopes: Scopes) -> str:
        slot = self._slot(scopes)
        token = slot.token
        if token is not None and self._clock() < slot.renew_at:
            return token
        with slot.lock:
            token = slot.token
            if token is None or self._clock() >= slot.renew_at:
                token = self._fill(slot, scopes)
            return token

    def replacement(self, scopes: Scopes, refused: str | None) -> str | None:
        """Another token than ``refused``; None if that was fresh: the next would fare no better."""
        slot = self._slot(scopes)
        with slot.lock:
            if slot.token is not None and slot.token == refused:
                if self._clock() < slot.fetched_at + _FRESH:
                    return None
                slot.token = None
        return self.token(scopes)

    def forget(self, scopes: Scopes) -> None:
        with self._lock:
            self._slots.pop(scopes, None)

    def _slot(self, scopes: Scopes) -> _Slot:
        with self._lock:
            slot = self._slots.get(scopes)
            if slot is None:
                slot = self._slots[scopes] = _Slot()
                if len(self._slots) > _TOKENS_KEPT:
                    self._slots.popitem(last=False)
            return slot

    def _fill(self, slot: _Slot, scopes: Scopes) -> str:
        token, lifetime = self._fetch(scopes)
        slot.fetched_at = self._clock()
        slot.renew_at = slot.fetched_at + lifetime * _RENEWED_AFTER
        slot.token = token
        return token

    def _fetch(self, scopes: Scopes) -> tuple[str, float]:
        response = self._session.ask("GET", self._url(scopes), self._headers)
        if response.status_code != 200:
            raise self._refusal(response)
        document = json_object(response, "the token server")
        for key in ("token", "access_token"):
            token = document.get(key)
            if isinstance(token, str) and _TOKEN.fullmatch(token):
                return token, _lifetime(document.get("expires_in"))
        raise MalformedResponse("Malformed response: the token server answers without a token")

    def _url(self, scopes: Iterable[str]) -> str:
        query = [("service", self.service)] if self.service is not None else []
        query += [("scope", scope) for scope in sorted(scopes)]
        if not query:
            return self.realm
        separator = "&" if "?" in self.realm else "?"
        return f"{self.realm}{separator}{urlencode(query, quote_via=quote, safe='')}"

    def _refusal(self, response: Response) -> AuthenticationFailed | UnexpectedStatus:
        status, said = response.status_code, ErrorBody.of(response)
        if status in (401, 403):
            return AuthenticationFailed(
                f"Authentication failed: the token server answers {status}{said}", status=status
            )
        return UnexpectedStatus(
            f"Unexpected status {status} from the token server{said}", status=status
        )


def _lifetime(expires_in: Any) -> float:
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return _LEAST_LIFETIME
    return max(_LEAST_LIFETIME, min(float(expires_in), 86_400.0))
