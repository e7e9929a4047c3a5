"""Tokens that an API or its token server issues for a limited time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from registries.oci.remembered import Remembered

# A token that is rejected at this age was never valid: another would fare no better.
_FRESH_SECONDS = 10.0
_RENEWED_AFTER = 0.9


class TokenLogin:
    """A login by token. ``fetch`` returns a token and its lifetime in seconds. Thread-safe."""

    def __init__(
        self,
        fetch: Callable[[], tuple[str, float]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._login = Remembered(self._find_out, clock)

    def headers(self) -> Mapping[str, str]:
        return self._login.get()[0]

    def renew(self, refused: Mapping[str, str]) -> bool:
        known = self._login.value
        if known is not None and known[0] is refused:
            if self._clock() < known[1]:
                return False
            self._login.forget(known)
        return True

    def _find_out(self) -> tuple[tuple[Mapping[str, str], float], float]:
        token, seconds = self._fetch()
        fresh_until = self._clock() + min(_FRESH_SECONDS, seconds)
        return ({"Authorization": f"Bearer {token}"}, fresh_until), seconds * _RENEWED_AFTER
