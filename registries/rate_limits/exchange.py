"""Connections that share what they learn about rate limits.

Threads that call a registry never touch the database: their limiter collects notes in memory, and
the thread that owns the run exchanges them, about once a second and at both ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from registries.errors import AuthenticationFailed, Banned, LoginsPaused, RegistryError, Stage
from registries.models import Registry
from registries.providers import provider_for
from registries.providers.shared.base import RegistryClient
from registries.rate_limits import store
from registries.rate_limits.store import Closed, Known
from registries.transport.endpoint import Endpoint
from registries.transport.host_limiter import Ban, HostLimiter, LocalLimits, SharedLimitState

EXCHANGED_EVERY_SECONDS = 1.0


@contextmanager
def connected(
    registry: Registry, endpoint: Endpoint, *, is_stored: bool = True
) -> Iterator[tuple[RegistryClient, SharedLimits]]:
    """Yield a client for ``registry``, closed at the end, and its shared limits.

    Unless the connection ``is_stored``, its limits are kept, but not shown as the registry's. Raise
    Banned, LoginsPaused or RateLimited, without a request, where one of its hosts refuses any.
    """
    with closing(provider_for(registry.provider).connect(endpoint)) as client:
        limits = SharedLimits(registry.pk if is_stored else None, endpoint)
        limits.begin()
        try:
            yield client, limits
        except RegistryError as error:
            limits.end(error)
            raise
        limits.end()


class SharedLimits:
    """The shared limits of one connection, for the thread that owns the database connection."""

    def __init__(self, registry_id: int | None, endpoint: Endpoint) -> None:
        self._registry_id = registry_id
        self._endpoint = endpoint
        self._credential = store.fingerprint(endpoint.credential)
        self._most = endpoint.limits.concurrency
        self._known: dict[str, Known] = {}
        self._failed_logins: dict[str, int] = {}
        self._due = 0.0

    def begin(self) -> None:
        self._main()  # always set, even before anything would use it
        hosts = self._hosts()
        store.join(self._registry_id, hosts, self._credential)
        if self._registry_id is not None:
            store.leave_others(self._registry_id, hosts, self._credential)
        closed = self._hear(hosts)
        try:
            self._raise_if_closed(hosts, closed)
        except RegistryError as error:
            error.stage = Stage.ADDRESS
            raise

    def exchange_if_due(self) -> None:
        if time.monotonic() >= self._due:
            self._exchange()

    def end(self, error: RegistryError | None = None) -> None:
        if isinstance(error, Banned):
            self._keep_ban(error)
        self._exchange()
        if isinstance(error, AuthenticationFailed) and self._endpoint.credential is not None:
            failed = {host: count for host, count in self._failed_logins.items() if count}
            for host, count in (failed or {self._main().host: 1}).items():
                store.count_failed_logins(host, count)

    def _exchange(self) -> None:
        hosts = self._hosts()
        # ``begin`` knows the first host; that of a product's API may be found only later.
        if new := hosts.keys() - self._known.keys():
            store.join(self._registry_id, new, self._credential)
            self._known |= store.known(new, self._credential)
        for name, host in hosts.items():
            if name in self._known:
                self._tell(host, host.take_local(), self._known[name])
        self._hear(hosts)

    def _tell(self, host: HostLimiter, local: LocalLimits, limit: Known) -> None:
        if local.refused:
            store.narrow(limit, self._most)
        else:
            store.widen(limit, self._most)
        if local.held_for > limit.held_for + 1.0:
            store.hold(limit, local.held_for)
        if local.budget is not None:
            store.keep_budget(limit, local.budget)
        if local.ban is not None:
            store.ban(host.host, local.ban)
        self._failed_logins[host.host] = self._failed_logins.get(host.host, 0) + local.failed_logins

    def _hear(self, hosts: dict[str, HostLimiter]) -> dict[str, Closed]:
        self._known = store.known(hosts, self._credential)
        closed = store.closed(hosts)
        for name, host in hosts.items():
            limit = self._known.get(name)
            if limit is not None:
                ban = closed[name].ban if name in closed else None
                host.adopt(SharedLimitState(_share(limit, self._most), limit.held_for, ban))
        self._due = time.monotonic() + EXCHANGED_EVERY_SECONDS
        return closed

    def _raise_if_closed(self, hosts: dict[str, HostLimiter], closed: dict[str, Closed]) -> None:
        for name, host in hosts.items():
            host.raise_if_closed(self._endpoint.limits.retry_after_seconds)
            known = closed.get(name)
            if known and known.logins_paused_for and self._endpoint.credential is not None:
                raise LoginsPaused(
                    f"Logins paused: {known.failed_logins} logins failed at {name} within 3 "
                    f"minutes; the next attempt is in {known.logins_paused_for:.0f} s",
                    retry_after=known.logins_paused_for,
                )

    def _keep_ban(self, error: Banned) -> None:
        """Store a block that a client detected itself, above the transport."""
        seconds = error.retry_after
        if seconds and not any(host.is_banned for host in self._hosts().values()):
            self._main().close(Ban(seconds, str(error)))

    def _main(self) -> HostLimiter:
        """Return the host that the client calls first, or the connection's own before any call."""
        made = self._endpoint.limiter.hosts
        return made[0] if made else self._endpoint.limiter.at(self._endpoint.origin, self._most)

    def _hosts(self) -> dict[str, HostLimiter]:
        return {host.host: host for host in self._endpoint.limiter.hosts}


def _share(limit: Known, most: int) -> int:
    return max(1, (limit.concurrency or most) // max(1, limit.sharers))
