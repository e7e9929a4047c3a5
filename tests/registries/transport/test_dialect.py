from __future__ import annotations

import pytest
from requests import PreparedRequest

from registries.transport.dialect import StandardDialect
from registries.transport.rate_headers import Budget
from registries.transport.response import CurlResponse, Headers

NOW = 1_790_000_000.0


def response(status: int, body: bytes = b"", **headers: str) -> CurlResponse:
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    raw = f"HTTP/1.1 {status} Said\r\n{''.join(lines)}\r\n".encode()
    return CurlResponse(PreparedRequest(), status, Headers(raw), body)


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (response(429), 0.0),
        (response(429, Retry_After="7"), 7.0),
        (response(403, Retry_After="60"), 60.0),
        (response(403, x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW + 9:.0f}"), 9.0),
        (response(403), None),
        (response(403, x_ratelimit_remaining="10", x_ratelimit_reset=f"{NOW + 9:.0f}"), None),
        (response(503, Retry_After="7"), None),
        (response(200, x_ratelimit_remaining="0"), None),
    ],
)
def test_a_refusal_for_asking_too_much_is_told_from_others(
    answer: CurlResponse, wait: float | None
) -> None:
    assert StandardDialect().refusal(answer, NOW) == wait


def test_the_budget_is_told_by_good_answers_too() -> None:
    answer = response(200, ratelimit_limit="100;w=21600", ratelimit_remaining="98;w=21600")
    assert StandardDialect().budget(answer, NOW) == Budget(100, 98)


def test_no_ban_is_known_without_a_dialect_of_the_products_own() -> None:
    assert StandardDialect().ban(response(403), NOW) is None
