"""How fast the hosts of one connection may be asked, for all sessions of one client."""

from __future__ import annotations

import threading

from registries.transport.origin import Origin
from registries.transport.pacing import Pace


class Limiter:
    """Safe to share between threads. A product's API has limits of its own beside its registry."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}

    def pace(self, origin: Origin) -> Pace:
        with self._lock:
            return self._paces.setdefault(origin.netloc, Pace())
