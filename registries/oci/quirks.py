"""Known deviations of products from the specification."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirks:
    """Deviations; none by default.

    - ``misleading_links``: links to a next page name other paths. They are not followed: their
      query is used on the listing's own path.
    - ``checksum_header``: a header with the SHA-256 of the content, where a HEAD returns no digest.
    - ``takes_bearer``: a secret without a user name is itself a token, whatever the challenge.
    - ``catalog_without_scope``: the token server has no scope for the catalog; a token without
      scopes lists it.
    - ``nobody_needs_a_scope``: anonymous tokens exist for repositories only, not without scopes.
    - ``refresh_token_user``: the password of this user name is a refresh token, exchanged by POST.
    """

    misleading_links: bool = False
    checksum_header: str = ""
    takes_bearer: bool = False
    catalog_without_scope: bool = False
    nobody_needs_a_scope: bool = False
    refresh_token_user: str = ""


NO_QUIRKS = Quirks()
