"""Verification of Google's identity tokens (OpenID Connect) with google-auth.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from requests import Response

from registries.errors import RegistryError, UnexpectedStatus
from registries.oci.remembered import Remembered
from registries.providers.artifact_registry.google_auth_transport import Answer, Sending
from registries.transport.endpoint import Endpoint
from registries.transport.limits import Limits
from registries.transport.origin import Origin
from registries.transport.policy import AddressPolicy
from registries.transport.session import Session

if TYPE_CHECKING:
    from google.auth.transport import Request

_PATH = "/oauth2/v1/certs"
CERTIFICATES = f"https://www.googleapis.com{_PATH}"

_ISSUERS = frozenset({"accounts.google.com", "https://accounts.google.com"})
_LIMITS = Limits(
    connect_seconds=3.0, total_seconds=5.0, body_bytes=64 * 1024, attempts=1, retry_after_seconds=0
)
_MAX_AGE = re.compile(r"max-age=([0-9]{1,6})")
# Allowed clock difference; google-auth allows none by default.
_CLOCK_SECONDS = 10
# The minimum interval at which deliveries can make us fetch the certificates.
_LEAST_AGE = 60.0
_TOKEN_LONGEST = 8192


def email_of(token: str, audience: str, addresses: AddressPolicy) -> str:
    """Return the e-mail address of the account a token belongs to, or "" if it is invalid.

    Raise RegistryError if that cannot be determined now.
    """
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2 import id_token

    if not audience or len(token) > _TOKEN_LONGEST:
        return ""

    def send(url: str, **_: object) -> Answer:
        return _certificates(url, addresses).get()

    try:
        claims: Mapping[str, Any] = id_token.verify_token(
            token,
            cast("Request", send),
            audience,
            CERTIFICATES,
            _CLOCK_SECONDS,
        )
    # The parts of a token are untrusted JSON, which may be nested too deep to parse.
    except (GoogleAuthError, ValueError, TypeError, KeyError, RecursionError):
        return ""
    if claims.get("iss") not in _ISSUERS or claims.get("email_verified") is not True:
        return ""
    email = claims.get("email")
    return email if isinstance(email, str) else ""


@lru_cache(maxsize=8)
def _certificates(url: str, addresses: AddressPolicy) -> Remembered[Answer]:
    """Return Google's certificates, cached for as long as Google allows."""

    def fetch() -> tuple[Answer, float]:
        answer = _fetched(url, addresses)
        return answer, _max_age(answer.headers)

    return Remembered(fetch, time.monotonic)


def _fetched(url: str, addresses: AddressPolicy) -> Answer:
    origin = Origin.parse(url.removesuffix(_PATH))
    session = Session(Endpoint(origin, addresses=addresses, limits=_LIMITS))
    try:
        return Sending(session, _refusal)(url)
    finally:
        session.close()


def _refusal(response: Response) -> RegistryError:
    status = response.status_code
    return UnexpectedStatus(f"Unexpected status {status} for Google's certificates", status=status)


def _max_age(headers: Mapping[str, str]) -> float:
    match = _MAX_AGE.search(headers.get("Cache-Control", ""))
    return max(_LEAST_AGE, float(match[1]) if match else 0.0)
