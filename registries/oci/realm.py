"""Decide whether credentials may be sent to the token server a registry names.

A registry that can name any host could collect credentials for others. So nothing is sent to a
realm other than the registry's own host, one of the known pairs, or a host that an admin has
approved.
"""

from __future__ import annotations

import re

from registries.errors import ChallengeInvalid, RealmUntrusted
from registries.transport.endpoint import Endpoint
from registries.transport.origin import Origin

_KNOWN_PAIRS = {
    (Origin.parse(registry), Origin.parse(realm))
    for registry, realm in (
        ("https://registry-1.docker.io", "https://auth.docker.io"),
        ("https://index.docker.io", "https://auth.docker.io"),
        ("https://registry.gitlab.com", "https://gitlab.com"),
    )
}

_PATH = r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_QUERY = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
_REALM = re.compile(
    rf"(?P<origin>https?://[^/?#\\@\s]+)?(?P<target>(?:{_PATH})?(?:\?{_QUERY})?)", re.IGNORECASE
)


def trusted_realm(realm: str, endpoint: Endpoint) -> str:
    """Return the URL of the token server, built from validated parts."""
    match = _REALM.fullmatch(realm)
    target = match["target"] if match else ""
    # "//host/" would be another host to a parser that resolves references.
    if match is None or target.startswith("//") or not (match["origin"] or target):
        raise _invalid()
    if match["origin"] is None:
        return f"{endpoint.origin}{target}"
    try:
        origin = Origin.parse(match["origin"])
    except ValueError:
        raise _invalid() from None
    if not _is_trusted(origin, endpoint):
        raise RealmUntrusted(
            f"Realm untrusted: {endpoint.origin} requests its credentials at {origin}",
            realm=str(origin),
        )
    return f"{origin}{target or '/'}"


def _is_trusted(realm: Origin, endpoint: Endpoint) -> bool:
    registry = endpoint.origin
    if realm.scheme == "http" and registry.scheme == "https":
        return False
    if realm in endpoint.trusted_realms or (registry, realm) in _KNOWN_PAIRS:
        return True
    if realm.host != registry.host:
        return False
    return realm.port == registry.port or not _is_shared(registry)


def _is_shared(registry: Origin) -> bool:
    """Return whether the ports of this host may belong to different people."""
    name = registry.host.rstrip(".")
    return registry.is_address_literal or name == "localhost" or name.endswith(".localhost")


def _invalid() -> ChallengeInvalid:
    return ChallengeInvalid("Challenge invalid: its realm is not an http or https URL")
