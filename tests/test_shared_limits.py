"""Two workers, two connections, one registry that bears less than either would ask of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db.models import Count

from harborguard.clock import Now
from registries.models import Breaker, RateLimit, Registry
from registries.rate_limits import store
from registries.transport.host_limiter import Ban
from sync import tasks
from sync.models import State, SyncRun, Trigger
from sync.services.starting import start_sync
from tests.factories import SOMEBODY, make_registry
from tests.fakes.http_server import FakeServer, Reply, Request, fake_server
from tests.fakes.registry import serve_repositories
from tests.fakes.replies import answer
from tests.services.celery_worker import CeleryWorker
from tests.sync_run import inventory_of
from tests.wait import wait_until

pytestmark = [pytest.mark.needs_redis, pytest.mark.django_db(transaction=True), pytest.mark.slow]

NAMES = [f"app-{number:03}" for number in range(120)]
TAGS = ["v1", "v2", "v3", "v4"]
AS_MANY_AS_CONFIGURED = 16
_SECONDS_EACH = 0.05

StartWorker = Callable[..., CeleryWorker]


class Bearing:
    """A registry that refuses what comes while ``most`` requests are open."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.served = self.refused = 0
        self._open = 0
        self._lock = threading.Lock()

    def around(self, reply: Reply) -> Reply:
        def bear(connection: socket.socket, request: Request) -> bool | None:
            with self._lock:
                self._open += 1
                fits = self._open <= self.most
                self.served += fits
                self.refused += not fits
            try:
                threading.Event().wait(_SECONDS_EACH)
                return (reply if fits else answer(429))(connection, request)
            finally:
                with self._lock:
                    self._open -= 1

        return bear


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        serve_repositories(server, NAMES, TAGS)
        yield server


def start(registry: Registry) -> SyncRun:
    return start_sync(registry.pk, Trigger.MANUAL, by=SOMEBODY)


def ended(*runs: SyncRun) -> list[str]:
    ids = [run.pk for run in runs]
    live = SyncRun.objects.filter(pk__in=ids, state__in=(State.QUEUED, State.RUNNING))
    wait_until(lambda: not live.exists(), "the runs end", seconds=120)
    return list(SyncRun.objects.filter(pk__in=ids).values_list("state", flat=True))


def test_together_they_ask_no_more_than_it_bears_and_more_when_it_bears_more(
    server: FakeServer, celery_worker: StartWorker
) -> None:
    bearing = Bearing(most=6)
    server.routes.update({path: bearing.around(reply) for path, reply in server.routes.items()})
    registries = [make_registry(url=server.url, insecure=True) for _ in range(2)]
    for name in ("first", "second"):
        celery_worker(name)
    runs = [start(registry) for registry in registries]

    def narrowed_for_both() -> RateLimit | None:
        narrowed = RateLimit.objects.filter(concurrency__lt=AS_MANY_AS_CONFIGURED)
        return narrowed.annotate(sharers=Count("registries")).filter(sharers=2).first()

    wait_until(lambda: narrowed_for_both() is not None, "a refusal narrows what both may ask")
    bearing.most = 1000
    least = min(limit.concurrency or 0 for limit in RateLimit.objects.all())

    def widened() -> bool:
        nonlocal least
        now = RateLimit.objects.get().concurrency or AS_MANY_AS_CONFIGURED
        least = min(least, now)
        return now > least

    wait_until(widened, "it grows back")
    assert ended(*runs) == [State.SUCCEEDED] * 2
    assert bearing.refused < bearing.served / 4
    for registry in registries:
        assert inventory_of(registry).keys() == set(NAMES)


def test_what_one_worker_was_banned_for_no_other_asks(
    server: FakeServer, celery_worker: StartWorker
) -> None:
    celery_worker("only")
    store.ban(server.origin.netloc, Ban(3600.0, "another worker was shut out"))
    registry = make_registry(url=server.url, insecure=True)

    assert ended(start(registry)) == [State.FAILED]

    registry.refresh_from_db()
    assert registry.error_code == "banned"
    assert "another worker was shut out" in registry.error_message
    assert registry.next_sync_at is not None
    assert registry.last_attempt_at is not None
    assert (registry.next_sync_at - registry.last_attempt_at).total_seconds() > 3500
    assert server.requests == []


def test_the_tick_drops_what_nobody_has_used_for_a_month() -> None:
    store.count_failed_logins("old.example.com", 1)
    Breaker.objects.update(updated_at=Now() - timedelta(days=31))
    tasks.tick()
    assert not Breaker.objects.exists()
