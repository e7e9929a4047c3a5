from __future__ import annotations

import threading
from contextlib import closing

import pytest

from registries.connection_test.stages import ping
from registries.errors import AuthenticationFailed
from registries.providers.distribution.provider import DistributionClient
from tests.fakes.endpoints import endpoint
from tests.fakes.http_server import FakeServer, Request, fake_server
from tests.fakes.replies import answer_json, in_turn, unauthorized


def asking_for_a_token(server: FakeServer, may_answer: threading.Event) -> None:
    def token(connection: object, request: Request) -> bool | None:
        may_answer.wait(10)
        return answer_json({"token": "t"})(connection, request)  # type: ignore[arg-type]

    challenge = f'Bearer realm="{server.url}/token",service="s"'
    server.routes["/v2/"] = in_turn(unauthorized(challenge), answer_json({}))
    server.routes["/token"] = token


def test_the_first_answer_is_told_while_the_login_hangs() -> None:
    may_answer = threading.Event()
    with fake_server() as server, closing(DistributionClient(endpoint(server.url))) as client:
        asking_for_a_token(server, may_answer)
        answers = ping(client)

        next(answers)
        assert server.asked("/v2/")
        may_answer.set()

        assert list(answers) == []


def test_what_keeps_us_out_is_raised_where_it_is_waited_for() -> None:
    with fake_server() as server, closing(DistributionClient(endpoint(server.url))) as client:
        server.routes["/v2/"] = unauthorized("Basic realm=here")

        with pytest.raises(AuthenticationFailed):
            list(ping(client))
