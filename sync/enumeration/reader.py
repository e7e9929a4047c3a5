"""Read a registry in a background thread while the database is written in this one."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from django.conf import settings

from registries.errors import InternalError
from registries.providers.shared.base import RegistryClient
from registries.rate_limits.exchange import EXCHANGED_EVERY_SECONDS, SharedLimits
from sync.enumeration.read_ahead import read_ahead
from sync.runs.lifecycle import Progress

T = TypeVar("T")

_SIDE_TASK_EVERY_SECONDS = 1.0
# Longer than any one request may take, retries and waits included.
_STUCK_AFTER_SECONDS = 1800.0


class Reader:
    """The clients of one registry, what they have read so far, and the loop that waits for them.

    ``keep_alive`` publishes the progress and raises where this worker must stop. ``side_task``,
    if set, runs about once a second while the registry is read: a sync reads there what webhooks
    name.
    """

    def __init__(self, keep_alive: Callable[[Progress], None]) -> None:
        self._keep_alive = keep_alive
        self.clients: list[RegistryClient] = []
        self.limits: list[SharedLimits] = []
        self.progress = Progress()
        self.side_task: Callable[[], None] | None = None
        self._side_task_ran_at = 0.0

    def add(self, client: RegistryClient, limits: SharedLimits) -> None:
        self.clients.append(client)
        self.limits.append(limits)

    def update(self, **columns: Any) -> None:
        self.progress = replace(self.progress, **columns)

    def publish(self) -> Progress:
        """Publish the progress. Raise where this worker must stop."""
        self.count_traffic()
        self._keep_alive(self.progress)
        return self.progress

    def count_traffic(self) -> None:
        if self.clients:
            traffic = [client.traffic for client in self.clients]
            self.update(
                requests_sent=sum(one.requests for one in traffic),
                bytes_read=sum(one.bytes_read for one in traffic),
            )

    def read(self, source: Iterable[T]) -> Generator[T | None]:
        """Run ``source``, which calls the registry, in a thread, and publish progress meanwhile.

        Yield None where nothing came for a while. Raise InternalError where neither an item nor a
        request was seen for half an hour: a stuck source must not keep the lease.
        """
        moved, requests = time.monotonic(), -1
        for item in self._in_time(source):
            if item is None:
                self.publish()
                if self.progress.requests_sent == requests:
                    _raise_if_stuck(since=moved)
                else:
                    moved, requests = time.monotonic(), self.progress.requests_sent
            yield item
            if item is not None:
                moved = time.monotonic()

    def run_side_task(self) -> None:
        """Run the side task, if there is one. It may itself read, but does not nest."""
        task = self.side_task
        if task is None:
            return
        self.side_task = None
        try:
            task()
        finally:
            self.side_task, self._side_task_ran_at = task, time.monotonic()

    def _in_time(self, source: Iterable[T]) -> Iterator[T | None]:
        """Yield None where nothing came for a ninth of the lease.

        Rate limits are exchanged and the side task runs more often than that.
        """
        patience = settings.SYNC_LEASE_SECONDS / 9
        since = time.monotonic()
        for item in read_ahead(source, tick=min(patience, EXCHANGED_EVERY_SECONDS)):
            for limits in self.limits:
                limits.exchange_if_due()
            if time.monotonic() - self._side_task_ran_at >= _SIDE_TASK_EVERY_SECONDS:
                self.run_side_task()
            if item is not None or time.monotonic() - since >= patience:
                yield item
                since = time.monotonic()


def _raise_if_stuck(*, since: float) -> None:
    if time.monotonic() - since > _STUCK_AFTER_SECONDS:
        raise InternalError("Internal error: reading the registry made no progress for 30 minutes")
