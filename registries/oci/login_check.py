"""Check whether the credentials are still valid when the registry refuses a single thing.

Registries answer 401 or 403 for "not this one" and for "not you any more". The first concerns one
repository, the second ends the run.
"""

from __future__ import annotations

from collections.abc import Callable

from registries.oci.remembered import Remembered

_HOLDS_FOR = 60.0


class LoginCheck:
    """Calls ``check``, which raises if the credentials are rejected; a success is cached for a
    minute."""

    def __init__(self, check: Callable[[], None], clock: Callable[[], float]) -> None:
        self._check = check
        self._login = Remembered(self._find_out, clock)

    def __call__(self) -> None:
        self._login.get()

    def _find_out(self) -> tuple[bool, float]:
        self._check()
        return True, _HOLDS_FOR
