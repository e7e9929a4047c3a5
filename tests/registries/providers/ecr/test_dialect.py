from __future__ import annotations

import json
from typing import Any

import pytest
from requests import PreparedRequest

from registries.providers.ecr.dialect import AWSDialect
from registries.transport.rate_headers import LONGEST_WAIT
from registries.transport.response import CurlResponse, Headers


def response(status: int, body: Any, **headers: str) -> CurlResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = Headers(f"HTTP/1.1 {status} x\r\n{lines}\r\n".encode())
    return CurlResponse(PreparedRequest(), status, head, content)


@pytest.mark.parametrize(
    "refused",
    [
        response(400, {"__type": "ThrottlingException", "message": "Rate exceeded"}),
        response(400, {"__type": "com.amazonaws.ecr#TooManyRequestsException"}),
        response(400, b"", x_amzn_ErrorType="ThrottlingException:http://x"),
        response(400, b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"),
        response(429, b""),
    ],
)
def test_every_throttling_code_is_recognized(refused: CurlResponse) -> None:
    assert AWSDialect().refusal(refused, 0.0) == 0.0


@pytest.mark.parametrize(("told", "seconds"), [("7", 7.0), ("99999999", LONGEST_WAIT)])
def test_a_usable_retry_after_is_honored(told: str, seconds: float) -> None:
    refused = response(400, {"__type": "ThrottlingException"}, Retry_After=told)
    assert AWSDialect().refusal(refused, 0.0) == seconds


@pytest.mark.parametrize(
    "other",
    [
        response(400, {"__type": "AccessDeniedException"}),
        response(400, {"__type": 7}),
        response(400, ["ThrottlingException"]),
        response(400, b"ThrottlingException"),
        response(400, b'{"__type": "ThrottlingException"' + b" " * 20_000 + b"}"),
        response(500, {"__type": "ThrottlingException"}),
        response(200, {"__type": "ThrottlingException"}),
        response(400, b"[" * 5000),
    ],
)
def test_other_responses_are_not_rate_limits(other: CurlResponse) -> None:
    assert AWSDialect().refusal(other, 0.0) is None
