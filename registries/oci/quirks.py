"""Where a product's registry plane is known to differ from the specification."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirks:
    """None of them by default.

    ``misleading_links``: its links to a next page name other paths than that of the listing.
    They are not followed there either: their query is used, on the listing's own path.
    ``checksum_header`` names a header with the SHA-256 of what is served, for where a HEAD tells
    no digest. ``takes_bearer``: a secret without a user name is a token that it takes itself,
    whatever login it asks for. ``catalog_without_scope``: its token server knows no scope for
    the catalog; a token for nothing in particular lists it. ``nobody_needs_a_scope``: without a
    login there are tokens for repositories, but none for nothing in particular.
    ``refresh_token_user``: what has this user name is no password but a refresh token, for
    which the token server gives others by POST.
    """

    misleading_links: bool = False
    checksum_header: str = ""
    takes_bearer: bool = False
    catalog_without_scope: bool = False
    nobody_needs_a_scope: bool = False
    refresh_token_user: str = ""


NO_QUIRKS = Quirks()
