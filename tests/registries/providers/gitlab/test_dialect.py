from __future__ import annotations

import pytest
from requests import PreparedRequest, Response

from registries.providers.gitlab.dialect import BAN_SECONDS, GitLabDialect
from registries.transport.response import CurlResponse, Headers

TOKENS = "https://gitlab.example.com/jwt/auth?service=container_registry"
API = "https://gitlab.example.com/api/v4/projects"
MANIFEST = "https://registry.example.com/v2/team/app/manifests/v1"


def answer(url: str, status: int, body: bytes, *headers: bytes) -> Response:
    request = PreparedRequest()
    request.url = url
    raw = b"\r\n".join([b"HTTP/1.1 %d Said" % status, *headers, b"", b""])
    return CurlResponse(request, status, Headers(raw), body)


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (TOKENS, b"Forbidden\n"),
        (TOKENS, b"<html>no</html>"),
        (TOKENS, b""),
        (API, b"Forbidden\n"),
        (MANIFEST, b"Forbidden"),
    ],
)
def test_a_refusal_that_is_not_json_is_a_ban(url: str, body: bytes) -> None:
    assert GitLabDialect().ban(answer(url, 403, body), 0.0) == BAN_SECONDS


@pytest.mark.parametrize(
    ("url", "status", "body"),
    [
        (TOKENS, 403, b'{"errors": [{"code": "DENIED"}]}'),
        (TOKENS, 401, b"Forbidden\n"),
        (API, 403, b'{"message": "403 Forbidden"}'),
        (API, 403, b"<html>a firewall</html>"),
        (MANIFEST, 403, b'{"errors": []}'),
        (TOKENS, 429, b"Retry later\n"),
    ],
)
def test_other_refusals_are_not_bans(url: str, status: int, body: bytes) -> None:
    assert GitLabDialect().ban(answer(url, status, body), 0.0) is None


def test_a_ban_lasts_as_long_as_retry_after() -> None:
    banned = answer(TOKENS, 403, b"Forbidden\n", b"Retry-After: 43200")
    assert GitLabDialect().ban(banned, 0.0) == 43200.0
