"""A login that is a refresh token, and tokens that say themselves how long they last."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from registries.errors import AuthenticationFailed, UnexpectedStatus
from registries.oci.authorization import Authorization
from registries.oci.quirks import Quirks
from registries.oci.scope import Scopes
from registries.transport.endpoint import Credential
from tests.fakes.endpoints import CANARY, endpoint
from tests.fakes.http_server import FakeServer, Reply, fake_server
from tests.fakes.replies import answer_json, in_turn

SCOPES: Scopes = frozenset({"repository:team/app:pull", "repository:team/app:metadata_read"})
QUIRKS = Quirks(refresh_token_user="nobody")


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


def login(
    server: FakeServer, clock: Clock, *replies: Reply, username: str = "nobody"
) -> Authorization:
    server.routes["/token"] = in_turn(*replies)
    return Authorization(endpoint(server.url, Credential(username, CANARY)), clock, QUIRKS)


def challenge(server: FakeServer) -> str:
    return f'Bearer realm="{server.url}/token",service="registry & co"'


def token(name: str) -> Reply:
    return answer_json({"access_token": name})


def web_token(**claims: object) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({}, claims)]
    return b".".join([*(part.rstrip(b"=") for part in parts), b"c2ln"]).decode()


def test_a_refresh_token_is_sent_in_a_form_and_not_in_the_address(
    server: FakeServer, clock: Clock
) -> None:
    authorization = login(server, clock, token("t1"))
    assert authorization.answer(challenge(server), SCOPES, None) == "Bearer t1"
    asked = server.requests[0]
    assert (asked.method, asked.target, asked.authorization) == ("POST", "/token", None)
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": [CANARY],
        "client_id": ["HarborGuard"],
        "service": ["registry & co"],
        "scope": ["repository:team/app:metadata_read repository:team/app:pull"],
    }


def test_it_is_never_sent_to_the_registry_itself(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"))
    assert not authorization.volunteer()
    with pytest.raises(AuthenticationFailed):
        authorization.answer('Basic realm="x"', SCOPES, None)
    assert server.requests == []


def test_what_has_another_user_name_is_a_password(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, token("t1"), username="robot")
    authorization.answer(challenge(server), SCOPES, None)
    assert server.requests[0].method == "GET"
    assert (server.requests[0].authorization or "").startswith("Basic ")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_one_that_holds_no_more_is_a_failed_login(
    status: int, server: FakeServer, clock: Clock
) -> None:
    refusal = {"error": "invalid_grant", "error_description": f"{CANARY} has expired"}
    authorization = login(server, clock, answer_json(refusal, status))
    with pytest.raises(AuthenticationFailed) as caught:
        authorization.answer(challenge(server), SCOPES, None)
    assert "has expired" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_bad_request_without_one_is_no_failed_login(server: FakeServer, clock: Clock) -> None:
    authorization = login(server, clock, answer_json({}, 400), username="robot")
    with pytest.raises(UnexpectedStatus):
        authorization.answer(challenge(server), SCOPES, None)


def test_a_token_is_used_as_long_as_it_says_itself(server: FakeServer, clock: Clock) -> None:
    """Its issuer's clock need not be ours."""
    first = web_token(iat=5_000_000, exp=5_004_500)
    authorization = login(server, clock, token(first), token("t2"))
    authorization.answer(challenge(server), SCOPES, None)
    clock.now += 4000
    assert authorization.header(SCOPES) == f"Bearer {first}"
    clock.now += 100
    assert authorization.header(SCOPES) == "Bearer t2"


def test_what_the_server_says_of_it_comes_first(server: FakeServer, clock: Clock) -> None:
    said = answer_json({"token": web_token(iat=0, exp=9000), "expires_in": 100})
    authorization = login(server, clock, said, token("t2"))
    authorization.answer(challenge(server), SCOPES, None)
    clock.now += 91
    assert authorization.header(SCOPES) == "Bearer t2"


@pytest.mark.parametrize(
    "silent", ["opaque", "a.b.c", web_token(exp=9000), web_token(iat="0", exp="9000")]
)
def test_one_that_says_nothing_lasts_a_minute(
    silent: str, server: FakeServer, clock: Clock
) -> None:
    authorization = login(server, clock, token(silent), token("t2"))
    authorization.answer(challenge(server), SCOPES, None)
    clock.now += 53
    assert authorization.header(SCOPES) == f"Bearer {silent}"
    clock.now += 2
    assert authorization.header(SCOPES) == "Bearer t2"
