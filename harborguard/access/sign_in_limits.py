"""Limits on failed sign-ins, per account and per address.

An attempt is counted before its password is checked, so that parallel ones do not slip through, and
uncounted when it succeeds. Failures stay counted: signing in with one's own account does not erase
attempts on others.
"""

from __future__ import annotations

import hashlib
import unicodedata

from harborguard.access import limits
from harborguard.access.address import counted_address
from harborguard.access.limit_store import Verdict
from harborguard.access.models import User

_ACCOUNT = "login-account"
_ADDRESS = "login-address"
_LONGEST_NAME: int = User._meta.get_field("username").max_length or 150


def begin(name: str, address: str | None) -> Verdict:
    """Count an attempt; if it is refused, it counts for neither limit."""
    verdict = limits.hit(_ADDRESS, counted_address(address))
    if not verdict.allowed:
        return verdict
    verdict = limits.hit(_ACCOUNT, _account(name))
    if not verdict.allowed:
        limits.give_back(_ADDRESS, counted_address(address))
    return verdict


def succeeded(name: str, address: str | None) -> None:
    limits.give_back(_ADDRESS, counted_address(address))
    limits.give_back(_ACCOUNT, _account(name))


def _account(name: str) -> str:
    """Return one identity for all spellings of a name. Hashed: people type passwords into the wrong
    field."""
    # Longer than any account name; normalizing more is not worth the work.
    name = unicodedata.normalize("NFKC", name.strip()[: _LONGEST_NAME + 1]).casefold()
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
