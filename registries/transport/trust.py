"""Choose the trusted CA certificates.

At the registry's own host a private CA replaces the public ones: nobody else may vouch for who
receives the credentials there. A vendor's API or token server may be on another host with a public
certificate: there it complements them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import certifi


class Trust:
    """The trusted CAs. ``host`` is the registry's own."""

    def __init__(self, ca_pem: str | None, host: str) -> None:
        self._own = ca_pem.encode() if ca_pem is not None else None
        self._host = host

    def authorities(self, url: str) -> bytes | None:
        """Return PEM, the same object for the same CAs, or None for the public ones alone."""
        if self._own is None or urlsplit(url).hostname == self._host:
            return self._own
        return _beside_the_public_ones(self._own)


@lru_cache(maxsize=8)
def _beside_the_public_ones(own: bytes) -> bytes:
    return Path(certifi.where()).read_bytes() + b"\n" + own
