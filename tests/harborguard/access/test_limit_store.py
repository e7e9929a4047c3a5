from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from limits import parse

from harborguard.access import limit_store
from harborguard.access.limit_store import LimitStore, redis_url
from tests.services import valkey
from tests.services.process import ServiceProcess

LIMIT = parse("10/minute")
NOWHERE = "redis://127.0.0.1:1/0"
PROCESSES = 4
_ATTEMPTS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from limits import parse
from harborguard.access.limit_store import LimitStore
store = LimitStore(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(10) as pool:
    verdicts = pool.map(lambda _: store.hit(parse("10/minute"), "somebody"), range(50))
    print(sum(verdict.allowed for verdict in verdicts))
"""


class Clock:
    """The library's own: it reads ``time.time``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr(time, "time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture(params=["redis", "memory"])
def store(request: pytest.FixtureRequest) -> LimitStore:
    if request.param == "memory":
        return LimitStore("filesystem://")
    request.applymarker(pytest.mark.needs_redis)
    return LimitStore(settings.CELERY_BROKER_URL)


class OwnValkey:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.process: ServiceProcess = valkey.start(folder)
        self.url = f"redis+socket://{folder / 'socket'}"

    def restart(self) -> None:
        self.process = valkey.start(self._folder)


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path)
    yield server
    server.process.resume()
    server.process.stop()


def allowed(store: LimitStore, attempts: int = 15) -> int:
    return sum(store.hit(LIMIT, "somebody").allowed for _ in range(attempts))


def test_it_stops_at_the_limit_and_says_for_how_long(store: LimitStore, clock: Clock) -> None:
    assert allowed(store) == 10

    clock.now += 20

    assert 40 <= store.hit(LIMIT, "somebody").retry_after_seconds <= 41


def test_there_is_room_again_after_the_time_that_it_says(store: LimitStore, clock: Clock) -> None:
    allowed(store)

    clock.now += store.hit(LIMIT, "somebody").retry_after_seconds

    assert allowed(store) == 10


def test_no_minute_has_more_than_the_limit(store: LimitStore, clock: Clock) -> None:
    for _ in range(10):
        store.hit(LIMIT, "somebody")
        clock.now += 5

    clock.now += 16

    assert allowed(store) == 2


def test_who_is_stopped_is_not_stopped_for_longer_by_trying(
    store: LimitStore, clock: Clock
) -> None:
    allowed(store)
    clock.now += 30
    allowed(store)

    clock.now += 31

    assert allowed(store) == 10


def test_one_that_is_given_back_leaves_the_others(store: LimitStore) -> None:
    allowed(store)

    store.give_back(LIMIT, "somebody")

    assert allowed(store) == 1


def test_giving_back_what_was_never_taken_gives_nothing(store: LimitStore) -> None:
    store.give_back(LIMIT, "somebody")

    assert allowed(store) == 10


def test_a_cleared_store_has_counted_nothing(store: LimitStore) -> None:
    allowed(store)

    store.clear()

    assert allowed(store) == 10


@pytest.mark.needs_redis
def test_parallel_attempts_of_several_processes_stay_at_the_limit() -> None:
    command = [sys.executable, "-c", _ATTEMPTS, settings.CELERY_BROKER_URL]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    said = [process.communicate(timeout=60)[0] for process in processes]

    assert sum(map(int, said)) == LIMIT.amount


@pytest.mark.needs_redis
def test_a_store_that_is_started_anew_remembers() -> None:
    allowed(LimitStore(settings.CELERY_BROKER_URL))

    assert allowed(LimitStore(settings.CELERY_BROKER_URL)) == 0


def test_without_redis_the_process_counts_by_itself_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, logger=limit_store.__name__):
        assert allowed(LimitStore(NOWHERE)) == 10

    [line] = caplog.messages
    assert line.startswith("Redis does not count for the limits (Error 111")


@pytest.mark.needs_redis
def test_a_silent_redis_costs_one_request_a_moment(own_valkey: OwnValkey) -> None:
    store = LimitStore(own_valkey.url)
    store.hit(LIMIT, "somebody")
    own_valkey.process.pause()

    started = time.monotonic()
    assert allowed(store, attempts=1000) == 10

    assert time.monotonic() - started < 3


@pytest.mark.needs_redis
def test_redis_counts_again_when_it_is_back(
    own_valkey: OwnValkey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limit_store, "_LEFT_ALONE_SECONDS", 0.0)
    store = LimitStore(own_valkey.url)
    own_valkey.process.stop()
    assert allowed(store) == 10

    own_valkey.restart()
    monkeypatch.setattr(limit_store, "_LEFT_ALONE_SECONDS", 600.0)

    with caplog.at_level(logging.INFO, logger=limit_store.__name__):
        assert allowed(store) == 10
    assert caplog.messages[-1] == "Redis counts for the limits again"
    assert allowed(LimitStore(own_valkey.url)) == 0


@pytest.mark.needs_redis
def test_a_connection_that_was_cut_is_opened_again(own_valkey: OwnValkey) -> None:
    store = LimitStore(own_valkey.url)
    assert allowed(store) == 10

    own_valkey.process.stop()
    own_valkey.restart()

    assert allowed(store) == 10
    assert allowed(LimitStore(own_valkey.url)) == 0


@pytest.mark.parametrize(
    ("broker", "redis"),
    [
        ("redis://host:6379/2", "redis://host:6379/2"),
        ("rediss://:pass%40word@host/0", "rediss://:pass%40word@host/0"),
        ("rediss://host/0?ssl_cert_reqs=CERT_NONE", "rediss://host/0?ssl_cert_reqs=none"),
        ("redis+socket:///run/a%20b.sock", "redis+unix:///run/a%20b.sock"),
        ("redis+socket:///run/s?virtual_host=3", "redis+unix:///run/s?db=3"),
        ("filesystem://", None),
        ("amqp://host", None),
    ],
)
def test_it_finds_the_broker_where_celery_does(broker: str, redis: str | None) -> None:
    assert redis_url(broker) == redis


@pytest.mark.needs_redis
def test_another_database_of_the_same_server_counts_by_itself(own_valkey: OwnValkey) -> None:
    assert allowed(LimitStore(f"{own_valkey.url}?virtual_host=1")) == 10

    assert allowed(LimitStore(f"{own_valkey.url}?virtual_host=2")) == 10
