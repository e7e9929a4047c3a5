"""Refuse redirects: they are how a request and its credentials end up elsewhere."""

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
        f"Redirect refused: {asked} answered with status {status} and points to {target}",
        status=status,
    )


def _target(location: str) -> str:
    """Return the origin alone: the rest of a Location may hold a signature or a session."""
    if location.startswith("/") and not location.startswith(("//", "/\\")):
        return "another path on the same host"
    if match := ORIGIN_PART.match(location):
        try:
            return str(Origin.parse(match[0]))
        except ValueError:
            pass
    return "an address that is not http or https"
