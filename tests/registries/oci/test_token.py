from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from registries.errors import (
    AuthenticationFailed,
    ConnectionTimedOut,
    MalformedResponse,
    RedirectRefused,
    RegistryError,
    ResponseTooLarge,
    UnexpectedStatus,
)
from registries.oci.authorization import Authorization
from registries.oci.scope import NO_SCOPE, Scopes
from tests.fakes.endpoints import CANARY, endpoint, robot
from tests.fakes.http_server import FakeServer, Reply, fake_server
from tests.fakes.replies import (
    answer,
    answer_json,
    gzip_bomb,
    hang,
    in_turn,
    oci_error,
    web_page,
)

PULL: Scopes = frozenset({"repository:team/app:pull"})
BASIC = "Basic " + base64.b64encode(f"robot:{CANARY}".encode()).decode()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as fake:
        yield fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


def token(name: str, **fields: object) -> Reply:
    return answer_json({"token": name, **fields})


def login(server: FakeServer, clock: Clock, *replies: Reply, **values: Any) -> Authorization:
    server.routes["/token"] = in_turn(*replies or (answer(500),))
    return Authorization(endpoint(server.url, robot(), **values), clock)


def challenge(server: FakeServer, more: str = "") -> str:
    return f'Bearer realm="{server.url}/token",service="registry & co"{more}'


def test_it_asks_the_realm_with_the_credential(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"))
    assert authorization.header(PULL) is None
    assert authorization.answer(challenge(server), PULL, None) == "Bearer t1"
    asked = server.requests[0]
    assert asked.authorization == BASIC
    assert asked.target == (
        "/token?service=registry%20%26%20co&scope=repository%3Ateam%2Fapp%3Apull"
    )


def test_without_a_credential_it_asks_as_anybody(server: FakeServer, clock: Clock) -> None:
    server.routes["/token"] = token("t1")
    authorization = Authorization(endpoint(server.url), clock)
    assert authorization.answer(challenge(server), NO_SCOPE, None) == "Bearer t1"
    assert server.requests[0].authorization is None


def test_it_keeps_the_query_of_the_realm(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"))
    header = f'Bearer realm="{server.url}/token?tenant=a%20b"'
    authorization.answer(header, PULL, None)
    assert server.requests[0].query == {"tenant": ["a b"], "scope": ["repository:team/app:pull"]}


def test_the_registrys_own_scope_goes_before_ours(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"))
    header = challenge(server, ',scope="repository:team/app:pull,push registry:catalog:*"')
    authorization.answer(header, PULL, None)
    assert server.requests[0].query["scope"] == ["registry:catalog:*", "repository:team/app:pull"]


def test_the_registrys_own_scope_is_remembered_for_ours(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"), token("t2"))
    header = challenge(server, ',scope="repository:team/app:metadata_read"')
    assert authorization.answer(header, PULL, None) == "Bearer t1"
    assert authorization.header(PULL) == "Bearer t1"
    authorization.forget_token(PULL)
    assert authorization.header(PULL) == "Bearer t2"
    assert [request.query["scope"] for request in server.requests] == [
        ["repository:team/app:metadata_read"]
    ] * 2


def test_a_token_that_lived_out_its_few_seconds_is_replaced(
    server: FakeServer, clock: Clock
) -> None:
    authorization = login(server, clock, token("t1", expires_in=3), token("t2", expires_in=3))
    authorization.answer(challenge(server), PULL, None)
    clock.now += 2
    assert authorization.answer(challenge(server), PULL, "Bearer t1") is None
    clock.now += 2
    assert authorization.answer(challenge(server), PULL, "Bearer t1") == "Bearer t2"


def test_threads_that_wait_for_a_realm_that_hangs_wait_once(
    server: FakeServer, clock: Clock
) -> None:
    authorization = login(server, clock, hang, total_seconds=0.5)
    together = threading.Barrier(8, timeout=10)

    def ask(_: int) -> type[Exception] | None:
        together.wait()
        try:
            authorization.answer(challenge(server), PULL, None)
        except RegistryError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {ConnectionTimedOut}
    assert len(server.requests) == 1
    clock.now += 6
    server.routes["/token"] = token("t1")
    assert authorization.answer(challenge(server), PULL, None) == "Bearer t1"


def test_one_token_serves_a_scope_until_it_is_about_to_expire(
    server: FakeServer, clock: Clock
) -> None:
    authorization = login(server, clock, token("t1", expires_in=300), token("t2", expires_in=300))
    authorization.answer(challenge(server), PULL, None)
    clock.now += 269
    assert authorization.header(PULL) == "Bearer t1"
    clock.now += 2
    assert authorization.header(PULL) == "Bearer t2"
    assert len(server.requests) == 2


@pytest.mark.parametrize("expires_in", [None, 5, 0, -1, "300", True, [], {}])
def test_a_token_lives_a_minute_at_least(
    server: FakeServer, clock: Clock, expires_in: object
) -> None:
    authorization = login(server, clock, token("t1", expires_in=expires_in), token("t2"))
    authorization.answer(challenge(server), PULL, None)
    clock.now += 50
    assert authorization.header(PULL) == "Bearer t1"
    clock.now += 10
    assert authorization.header(PULL) == "Bearer t2"


def test_another_scope_for_ours_takes_the_place_of_the_first(
    server: FakeServer, clock: Clock
) -> None:
    """A list of tags may want another scope of its repository than a manifest."""
    authorization = login(server, clock, token("t1"), token("t2"))
    listing = challenge(server, ',scope="repository:team/app:metadata_read"')
    pulling = challenge(server, ',scope="repository:team/app:pull"')
    assert authorization.answer(listing, PULL, None) == "Bearer t1"
    assert authorization.answer(pulling, PULL, "Bearer t1") == "Bearer t2"
    assert authorization.answer(pulling, PULL, "Bearer t2") is None
    assert authorization.answer(listing, PULL, "Bearer t2") == "Bearer t1"


def test_a_challenge_without_a_scope_forgets_none(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"), token("t2"))
    authorization.answer(
        challenge(server, ',scope="repository:team/app:metadata_read"'), PULL, None
    )
    clock.now += 50
    assert authorization.answer(challenge(server), PULL, "Bearer t1") == "Bearer t2"
    assert [request.query["scope"] for request in server.requests] == [
        ["repository:team/app:metadata_read"]
    ] * 2


def test_each_scope_has_its_own_token(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"), token("t2"))
    authorization.answer(challenge(server), NO_SCOPE, None)
    assert authorization.header(PULL) == "Bearer t2"
    assert authorization.header(NO_SCOPE) == "Bearer t1"


def test_threads_that_want_the_same_token_fetch_it_once(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"))
    together = threading.Barrier(8, timeout=10)

    def ask(_: int) -> str | None:
        together.wait()
        return authorization.answer(challenge(server), PULL, None)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"Bearer t1"}
    assert len(server.requests) == 1


def test_a_refused_token_is_replaced_once(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1", expires_in=900), token("t2", expires_in=900))
    authorization.answer(challenge(server), PULL, None)
    clock.now += 60
    assert authorization.answer(challenge(server), PULL, "Bearer t1") == "Bearer t2"


def test_a_fresh_token_that_is_refused_ends_it(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"), token("t2"))
    authorization.answer(challenge(server), PULL, None)
    header = challenge(server, ',error="insufficient_scope"')
    assert authorization.answer(header, PULL, "Bearer t1") is None
    assert len(server.requests) == 1


def test_it_takes_an_access_token_too(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, answer_json({"access_token": "t1", "token": ""}))
    assert authorization.answer(challenge(server), PULL, None) == "Bearer t1"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (oci_error(401, "UNAUTHORIZED", "incorrect username or password"), AuthenticationFailed),
        (oci_error(403, "DENIED"), AuthenticationFailed),
        (answer(500), UnexpectedStatus),
        (answer(404), UnexpectedStatus),
        (web_page(), MalformedResponse),
        (answer_json({}), MalformedResponse),
        (answer_json({"token": 7}), MalformedResponse),
        (answer_json({"token": "a\r\nX-Evil: 1"}), MalformedResponse),
        (answer_json({"token": "a b"}), MalformedResponse),
        (answer(302, b"", {"Location": "https://evil.example.com/"}), RedirectRefused),
        (gzip_bomb(), ResponseTooLarge),
        (answer(200, json.dumps({"token": "x" * 70_000}).encode()), ResponseTooLarge),
    ],
)
def test_a_realm_that_gives_no_token_is_an_error(
    server: FakeServer, clock: Clock, reply: Reply, expected: type[RegistryError]
) -> None:
    authorization = login(server, clock, reply)
    with pytest.raises(expected) as caught:
        authorization.answer(challenge(server), PULL, None)
    assert CANARY not in f"{caught.value!s}{caught.value!r}"
    assert BASIC.removeprefix("Basic ") not in str(caught.value)


def test_a_wrong_password_is_told_in_the_realms_words(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, oci_error(401, "UNAUTHORIZED", "incorrect password"))
    with pytest.raises(AuthenticationFailed) as caught:
        authorization.answer(challenge(server), PULL, None)
    assert str(caught.value) == (
        "Authentication failed: the token server answered 401 (UNAUTHORIZED: incorrect password)"
    )


def test_a_fault_of_the_realm_is_told_of_the_realm(server: FakeServer, clock: Clock) -> None:
    with fake_server({"/token": answer(302, b"", {"Location": "/login"})}) as realm:
        authorization = login(server, clock, trusted_realms=frozenset({realm.origin}))
        with pytest.raises(RedirectRefused, match=f"127.0.0.1:{realm.port} answered with"):
            authorization.answer(f'Bearer realm="{realm.url}/token"', PULL, None)


def test_a_lifetime_beyond_all_measure_is_cut(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1", expires_in=10**400), token("t2"))
    assert authorization.answer(challenge(server), PULL, None) == "Bearer t1"
    clock.now += 86_400.0
    assert authorization.header(PULL) == "Bearer t2"
