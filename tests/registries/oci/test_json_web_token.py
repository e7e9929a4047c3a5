from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from registries.oci.json_web_token import lifetime


def token(claims: Any) -> str:
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return f"ey.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.signature"


def test_it_is_the_time_from_issue_to_end() -> None:
    assert lifetime(token({"iat": 1_000, "exp": 1_600.5})) == 600.5


def test_one_that_ends_before_it_is_issued_does_not_live() -> None:
    assert lifetime(token({"iat": 1_600, "exp": 1_000})) == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "opaque",
        "a.b.c",
        "a.é.c",
        "ey.====.sig",
        token([]),
        token(b"\xff"),
        token(b"[" * 100_000),
        token({}),
        token({"exp": 1_600}),
        token({"iat": "1", "exp": 2}),
        token({"iat": True, "exp": 2}),
        token({"iat": 1, "exp": 10**400}),
    ],
)
def test_what_does_not_say_it_is_unknown(text: str) -> None:
    assert lifetime(text) is None
