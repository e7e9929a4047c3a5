"""Whether our login still holds, asked when the registry refuses one thing of many.

Registries say 401 or 403 both for "not this one" and for "not you any more". The first is
about one repository, the second ends the run.
"""

from __future__ import annotations

from collections.abc import Callable

from registries.oci.remembered import Remembered

_HOLDS_FOR = 60.0


class LoginCheck:
    """``check`` raises if it does not hold; its success is believed for a minute."""

    def __init__(self, check: Callable[[], None], clock: Callable[[], float]) -> None:
        self._check = check
        self._login = Remembered(self._find_out, clock)

    def __call__(self) -> None:
        self._login.get()

    def _find_out(self) -> tuple[bool, float]:
        self._check()
        return True, _HOLDS_FOR
