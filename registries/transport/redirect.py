"""A redirect is not followed: it is how a request, and its credential, ends up elsewhere."""

from __future__ import annotations

from requests import Response

from registries.errors import RedirectRefused
from registries.transport.origin import ORIGIN_PART, Origin
from registries.transport.redaction import redacted


def refused_redirect(response: Response, asked: str) -> RedirectRefused:
    status = response.status_code
    login = response.request.headers.get("Authorization")
    target = redacted(_target(response.headers.get("Location", "")), login)
    return RedirectRefused(
        f"Redirect refused: {asked} answers with status {status} and points to {target}",
        status=status,
    )


def _target(location: str) -> str:
    """The origin alone: the rest of a Location may hold a signature or a session."""
    if location.startswith("/") and not location.startswith(("//", "/\\")):
        return "another path of its own"
    if match := ORIGIN_PART.match(location):
        try:
            return str(Origin.parse(match[0]))
        except ValueError:
            pass
    return "an address that is not a plain http or https one"
