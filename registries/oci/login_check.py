"""Whether our login still holds, asked when the registry refuses one thing of many.

Registries say 401 or 403 both for "not this one" and for "not you any more". The first is
about one repository, the second ends the run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

_HOLDS_FOR = 60.0


class LoginCheck:
    """``check`` raises if it does not hold; its success is believed for a minute."""

    def __init__(self, check: Callable[[], None], clock: Callable[[], float]) -> None:
        self._check = check
        self._clock = clock
        self._lock = threading.Lock()
        self._valid_until: float | None = None

    def __call__(self) -> None:
        with self._lock:
            if self._valid_until is None or self._clock() >= self._valid_until:
                self._check()
                self._valid_until = self._clock() + _HOLDS_FOR
