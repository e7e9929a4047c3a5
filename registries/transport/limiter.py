"""The limits of one connection, host by host, for all sessions of one client."""

from __future__ import annotations

import threading

from registries.transport.host_limiter import HostLimiter
from registries.transport.origin import Origin


class Limiter:
    """The limits by host. Thread-safe. A product's API has limits of its own besides its
    registry."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: dict[str, HostLimiter] = {}

    @property
    def hosts(self) -> tuple[HostLimiter, ...]:
        with self._lock:
            return tuple(self._hosts.values())

    def at(self, origin: Origin, most: int) -> HostLimiter:
        """Return the limits of a host; ``most`` concurrent requests if it is new."""
        with self._lock:
            known = self._hosts.get(origin.netloc)
            if known is None:
                known = self._hosts[origin.netloc] = HostLimiter(origin.netloc, most)
            return known
