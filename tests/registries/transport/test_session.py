from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from requests import Response

from registries.errors import (
    Banned,
    NetworkError,
    RateLimited,
    RedirectRefused,
    RegistryError,
)
from registries.transport.dialect import StandardDialect
from registries.transport.rate_headers import Budget
from registries.transport.session import Session, request_headers
from tests.fakes.endpoints import CANARY, endpoint, robot
from tests.fakes.http_server import FakeServer, Reply, Request, fake_server
from tests.fakes.replies import answer, hang, in_turn, raw

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADERS = request_headers({"Accept": "application/json"})
OK = answer(200, b"{}")


class Sleeper:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.slept.append(seconds)
        return False


class LimitedRegistry:
    """Answers ``rate`` requests a second, after the first ``burst``; refuses the others."""

    def __init__(self, rate: float, burst: int) -> None:
        self.refused = 0
        self._rate, self._burst = rate, float(burst)
        self._left, self._seen = self._burst, time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket, request: Request) -> bool | None:
        with self._lock:
            now = time.monotonic()
            self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
            self._seen = now
            if self._left < 1:
                self.refused += 1
                return answer(429)(connection, request)
            self._left -= 1
        return OK(connection, request)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as fake:
        yield fake


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


def ask(server: FakeServer, sleeper: Sleeper, *replies: Reply, attempts: int = 4) -> int:
    server.routes["/v2/"] = in_turn(*replies)
    session = Session(
        endpoint(server.url, attempts=attempts, total_seconds=0.5, retry_after_seconds=60),
        clock=NOW.timestamp,
        sleep=sleeper,
    )
    try:
        return session.ask("GET", f"{server.url}/v2/", HEADERS).status_code
    finally:
        session.close()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_it_tries_again_after_a_passing_fault(
    server: FakeServer, sleeper: Sleeper, status: int
) -> None:
    assert ask(server, sleeper, answer(status), answer(status), OK) == 200
    assert len(server.requests) == 3
    assert 0 <= sleeper.slept[0] <= 0.5
    assert 0 <= sleeper.slept[1] <= 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 418, 422, 501])
def test_it_does_not_ask_twice_what_was_answered(
    server: FakeServer, sleeper: Sleeper, status: int
) -> None:
    assert ask(server, sleeper, answer(status), OK) == status
    assert len(server.requests) == 1


def test_it_tries_again_after_a_broken_connection(server: FakeServer, sleeper: Sleeper) -> None:
    assert ask(server, sleeper, raw(b""), raw(b"HTTP/1.1 200 OK\r\n"), OK) == 200


def test_it_gives_up_after_the_last_attempt(server: FakeServer, sleeper: Sleeper) -> None:
    assert ask(server, sleeper, answer(502), attempts=3) == 502
    assert len(server.requests) == 3
    assert len(sleeper.slept) == 2
    with pytest.raises(NetworkError):
        ask(server, sleeper, raw(b""), attempts=2)


def test_it_does_not_spend_a_second_deadline_on_a_host_that_hangs(
    server: FakeServer, sleeper: Sleeper
) -> None:
    with pytest.raises(RegistryError, match="Connection timed out"):
        ask(server, sleeper, hang)
    assert len(server.requests) == 1


def test_it_waits_as_long_as_the_registry_wishes(server: FakeServer, sleeper: Sleeper) -> None:
    later = format_datetime(NOW.replace(second=40), usegmt=True)
    replies = [answer(429, b"", {"Retry-After": wish}) for wish in ("7", later)]
    assert ask(server, sleeper, *replies, OK) == 200
    assert 6.5 <= sleeper.slept[0] <= 7
    assert 39.5 <= sleeper.slept[1] <= 40


@pytest.mark.parametrize(
    "wish", ["soon", "-5", "1.5", "", "\u00b2", "Sun, 99 Foo 2026", "Wed, 01 Jan 2020 00:00:00 GMT"]
)
def test_a_wish_that_says_nothing_is_our_own_wait(
    server: FakeServer, sleeper: Sleeper, wish: str
) -> None:
    assert ask(server, sleeper, answer(503, b"", {"Retry-After": wish}), OK) == 200
    assert sleeper.slept[0] <= 0.5


@pytest.mark.parametrize("wish", ["61", "99999999999999999999999", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_it_does_not_sleep_longer_than_the_limit(
    server: FakeServer, sleeper: Sleeper, wish: str
) -> None:
    with pytest.raises(RateLimited, match="asks for a pause of") as caught:
        ask(server, sleeper, answer(429, b"", {"Retry-After": wish}))
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 60
    assert sleeper.slept == []


@pytest.mark.parametrize("status", [503, 502, 408])
def test_one_part_that_is_away_for_long_is_not_waited_for(
    server: FakeServer, sleeper: Sleeper, status: int
) -> None:
    assert ask(server, sleeper, answer(status, b"", {"Retry-After": "7200"})) == status
    assert len(server.requests) == 1


def test_refusals_are_not_counted_as_attempts(server: FakeServer, sleeper: Sleeper) -> None:
    assert ask(server, sleeper, *[answer(429)] * 6, OK, attempts=1) == 200


def test_threads_share_the_pace_of_a_registry_that_limits_them(server: FakeServer) -> None:
    limited = LimitedRegistry(rate=200, burst=20)
    server.routes["/v2/"] = limited
    session = Session(endpoint(server.url, attempts=4))
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(session.ask, "GET", f"{server.url}/v2/", HEADERS) for _ in range(300)]
        assert {each.result().status_code for each in asked} == {200}
    assert 0 < limited.refused < 150


def test_too_many_requests_to_the_end_is_rate_limited(server: FakeServer, sleeper: Sleeper) -> None:
    with pytest.raises(RateLimited) as caught:
        ask(server, sleeper, answer(429), attempts=2)
    assert caught.value.status == 429


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://evil.example.com/login?token=s3cret", "points to https://evil.example.com"),
        ("//evil.example.com/", "not http or https"),
        ("/\\evil.example.com/", "not http or https"),
        ("https://user:s3cret@evil.example.com/", "not http or https"),
        ("file:///etc/passwd", "not http or https"),
        ("/login?s3cret", "another path on the same host"),
        ("", "not http or https"),
    ],
)
def test_it_refuses_a_redirect(
    server: FakeServer, sleeper: Sleeper, status: int, location: str, named: str
) -> None:
    with pytest.raises(RedirectRefused, match=named) as caught:
        ask(server, sleeper, answer(status, b"", {"Location": location}))
    assert "s3cret" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_redirect_is_not_followed_anywhere(server: FakeServer, sleeper: Sleeper) -> None:
    with fake_server() as evil, pytest.raises(RedirectRefused, match=f":{evil.port}"):
        ask(server, sleeper, answer(307, b"", {"Location": f"{evil.url}/v2/"}))
    assert evil.connections == 0


@pytest.mark.parametrize("status", [503, 429])
def test_the_others_wait_too(server: FakeServer, sleeper: Sleeper, status: int) -> None:
    server.routes["/v2/"] = in_turn(answer(status), OK)
    session = Session(endpoint(server.url, attempts=2), sleep=sleeper)
    session.ask("GET", f"{server.url}/v2/", HEADERS)
    sleeper.slept.clear()
    session.ask("GET", f"{server.url}/v2/", HEADERS)
    assert len(sleeper.slept) == 1


def test_closing_wakes_a_sleeper(server: FakeServer) -> None:
    server.routes["/v2/"] = answer(503, b"", {"Retry-After": "50"})
    session = Session(endpoint(server.url, attempts=2))
    errors: list[RegistryError] = []
    asleep = threading.Event()
    wait = session._closed.wait

    def sleep(seconds: float) -> bool:
        asleep.set()
        return wait(seconds)

    session._sleep = sleep

    def ask_and_sleep() -> None:
        try:
            session.ask("GET", f"{server.url}/v2/", HEADERS)
        except RegistryError as error:
            errors.append(error)

    thread = threading.Thread(target=ask_and_sleep)
    thread.start()
    assert asleep.wait(10)
    session.close()
    thread.join(10)
    assert "closed on our side" in str(errors[0])


class Guarded(StandardDialect):
    """A product whose 403 means a block for an hour."""

    def ban(self, response: Response, now: float) -> float | None:
        return 3600.0 if response.status_code == 403 else None


class NarrowRegistry:
    """Refuses what comes while ``most`` requests are open."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.refused = 0
        self._open = 0
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket, request: Request) -> bool | None:
        with self._lock:
            self._open += 1
            fits = self._open <= self.most
            self.refused += not fits
        try:
            threading.Event().wait(0.01)
            return (OK if fits else answer(429))(connection, request)
        finally:
            with self._lock:
                self._open -= 1


def test_concurrency_shrinks_to_what_the_registry_bears(server: FakeServer) -> None:
    server.routes["/v2/"] = narrow = NarrowRegistry(most=4)
    own = endpoint(server.url, attempts=4)
    session = Session(own)
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(session.ask, "GET", f"{server.url}/v2/", HEADERS) for _ in range(200)]
        assert {each.result().status_code for each in asked} == {200}
    assert 0 < narrow.refused < 60
    [host] = own.limiter.hosts
    assert host.width < 16


def test_after_a_ban_nothing_more_is_asked(server: FakeServer, sleeper: Sleeper) -> None:
    server.routes["/v2/"] = answer(403)
    session = Session(endpoint(server.url, dialect=Guarded()), sleep=sleeper)
    for _ in range(3):
        with pytest.raises(Banned, match="with status 403") as caught:
            session.ask("GET", f"{server.url}/v2/", HEADERS)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 3500
    assert len(server.requests) == 1
    assert sleeper.slept == []


def test_a_wish_too_long_to_wait_for_keeps_the_others_from_asking(server: FakeServer) -> None:
    server.routes["/v2/"] = answer(429, b"", {"Retry-After": "1800"})
    session = Session(endpoint(server.url))
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            session.ask("GET", f"{server.url}/v2/", HEADERS)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 1700
    assert len(server.requests) == 1


def test_the_budget_that_is_told_is_noted(server: FakeServer) -> None:
    server.routes["/v2/"] = answer(
        200, b"{}", {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "98;w=21600"}
    )
    own = endpoint(server.url)
    Session(own).ask("GET", f"{server.url}/v2/", HEADERS)
    [host] = own.limiter.hosts
    assert host.take_local().budget == Budget(100, 98)


@pytest.mark.parametrize(
    ("login", "counted"),
    [
        ({"Authorization": "Basic cm9ib3Q6c2VjcmV0"}, 1),
        ({"PRIVATE-TOKEN": "secret"}, 1),
        ({"Authorization": f"Bearer {CANARY}"}, 1),
        ({"Authorization": "Bearer given-for-a-login"}, 0),
        ({}, 0),
    ],
)
def test_a_refused_login_is_counted_and_a_refused_token_is_not(
    server: FakeServer, login: dict[str, str], counted: int
) -> None:
    server.routes["/v2/"] = answer(401)
    own = endpoint(server.url, robot())
    Session(own).ask("GET", f"{server.url}/v2/", request_headers(login))
    [host] = own.limiter.hosts
    assert host.take_local().failed_logins == counted
