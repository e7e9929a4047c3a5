"""Bearer tokens from a registry's token server, by GET.

https://distribution.github.io/distribution/spec/auth/token/
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

from registries.errors import AuthenticationFailed, MalformedResponse, UnexpectedStatus
from registries.oci.error_body import ErrorBody
from registries.oci.json_object import json_object
from registries.oci.remembered import Remembered
from registries.oci.scope import Scopes
from registries.transport.session import RequestHeaders, Session

MAX_BODY_BYTES = 64 * 1024

# The specification's default, and its least: a server that says less means "about a minute".
_LEAST_LIFETIME = 60.0
_LONGEST_LIFETIME = 86_400.0
_RENEWED_AFTER = 0.9
# A token that is refused at this age was never any good, unless it was to live shorter still.
_FRESH = 10.0
_TOKENS_KEPT = 1024
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    fresh_until: float


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
        self._slots: OrderedDict[Scopes, Remembered[_Token]] = OrderedDict()
        self._lock = threading.Lock()

    def token(self, scopes: Scopes) -> str:
        return self._slot(scopes).get().text

    def replacement(self, scopes: Scopes, wanted: Scopes, refused: str | None) -> str | None:
        """Another token than ``refused``; None if that was fresh: the next would fare no better.

        ``wanted`` is what the registry asks for in place of ``scopes``, from now on.
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

    def _slot(self, scopes: Scopes, wanted: Scopes | None = None) -> Remembered[_Token]:
        with self._lock:
            slot = self._slots.get(scopes if wanted is None else wanted)
            if slot is None:
                slot = self._new_slot(scopes if wanted is None else wanted)
            if wanted is not None and wanted != scopes:
                self._slots[scopes] = slot
            while len(self._slots) > _TOKENS_KEPT:
                self._slots.popitem(last=False)
            return slot

    def _new_slot(self, scopes: Scopes) -> Remembered[_Token]:
        slot = self._slots[scopes] = Remembered(lambda: self._fetch(scopes), self._clock)
        return slot

    def _fetch(self, scopes: Scopes) -> tuple[_Token, float]:
        response = self._session.ask("GET", self._url(scopes), self._headers)
        if response.status_code != 200:
            raise self._refusal(response)
        document = json_object(response, "the token server")
        for key in ("token", "access_token"):
            text = document.get(key)
            if isinstance(text, str) and _TOKEN.fullmatch(text):
                return self._dated(text, _lifetime(document.get("expires_in")))
        raise MalformedResponse("Malformed response: the token server answers without a token")

    def _dated(self, text: str, lifetime: float) -> tuple[_Token, float]:
        token = _Token(text, self._clock() + min(_FRESH, lifetime))
        return token, max(_LEAST_LIFETIME, lifetime) * _RENEWED_AFTER

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
    return max(0.0, min(float(expires_in), _LONGEST_LIFETIME))
