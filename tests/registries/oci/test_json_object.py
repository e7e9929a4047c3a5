from __future__ import annotations

import gzip
import json

import pytest
from requests import PreparedRequest, Response

from registries.errors import MalformedResponse
from registries.oci.error_body import ErrorBody, is_own_not_found
from registries.oci.json_object import json_object
from registries.transport.response import CurlResponse, Headers
from registries.transport.session import request_headers

JSON = {"Content-Type": "application/json"}
VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
NAMED = {"Docker_Distribution_Api_Version": "registry/2.0"}


def response(body: bytes, status: int = 200, **headers: str) -> Response:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = Headers(f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode("latin-1"))
    request = PreparedRequest()
    request.headers = request_headers({})
    return CurlResponse(request, status, head, body)


def test_it_reads_an_object() -> None:
    assert json_object(response(b'{"tags": null, "n": 1.5}'), "x") == {"tags": None, "n": 1.5}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"{",
        b'{"n": NaN}',
        b'{"n": -Infinity}',
        b'{"n": %s}' % (b"9" * 5000),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xff"}',
        b"<html></html>",
        b"\x00",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_it_refuses_anything_else(body: bytes) -> None:
    with pytest.raises(MalformedResponse, match=r"^Malformed response on /v2/x: "):
        json_object(response(body), "/v2/x")


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert json_object(response(rb'{"a": "\ud83d\udc33 \\ud800"}'), "x") == {"a": "🐳 \\ud800"}


def test_it_says_that_a_web_page_came() -> None:
    with pytest.raises(MalformedResponse, match="a web page instead of a JSON object"):
        json_object(response(b"<html>", Content_Type="text/html; charset=utf-8"), "/v2/")


def test_it_does_not_read_what_is_compressed() -> None:
    body = gzip.compress(b'{"a": 1}')
    for encoding in ("gzip", "br", "identity, gzip"):
        with pytest.raises(MalformedResponse, match="compressed"):
            json_object(response(body, Content_Encoding=encoding), "/v2/")
    assert json_object(response(b"{}", Content_Encoding="Identity"), "/v2/") == {}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"errors": [{"code": "DENIED", "message": "no"}]}, " (DENIED: no)"),
        ({"errors": [{"code": "DENIED"}]}, " (DENIED)"),
        ({"errors": [{"message": "no"}]}, " (no)"),
        ({"errors": [{"detail": "no"}], "message": "other"}, " (no)"),
        ({"message": "no"}, " (no)"),
        ({"details": "no"}, " (no)"),
        ({"errors": "text"}, ""),
        ({"errors": [None, [], "x", {"code": 7, "message": {}}]}, ""),
        ([], ""),
        ({"message": "a\r\n2026 INFO \x1b[2J\u202e"}, r" (a\r\n2026 INFO \x1b[2J\u202e)"),
        ({"message": "x" * 201}, f" ({'x' * 200}...)"),
    ],
)
def test_it_repeats_what_the_registry_said_in_one_safe_line(document: object, said: str) -> None:
    assert str(ErrorBody.of(response(json.dumps(document).encode(), 403))) == said


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff"])
def test_a_body_that_says_nothing_is_no_error(body: bytes) -> None:
    assert ErrorBody.of(response(body, 500)) == ErrorBody()


@pytest.mark.parametrize("code", ["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND", "TAG_EXPIRED"])
def test_the_registrys_own_not_found_names_a_code(code: str) -> None:
    body = json.dumps({"errors": [{"code": code}]}).encode()
    assert is_own_not_found(response(body, 404))
    assert not is_own_not_found(response(body, 200))


def test_the_registrys_own_not_found_may_be_empty_but_for_its_header() -> None:
    assert is_own_not_found(response(b"", 404, Content_Length="0", **NAMED))
    assert not is_own_not_found(response(b"", 404, **NAMED))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"<html>not here</html>", {"Content_Type": "text/html"}),
        (b"404 page not found\n", {"Docker_Distribution_Api_Version": "registry/2.0"}),
        (b'{"errors": []}', {"Docker_Distribution_Api_Version": "registry/2.0"}),
        (b'{"errors": [{"code": "UNAUTHORIZED"}]}', {}),
        (b'{"message": "no Route matched with those values"}', {}),
        (b'{"errors": [{"code": "NAME_UNKNOWN"}]}', {"Content_Encoding": "gzip"}),
    ],
)
def test_a_404_of_something_else_is_not_the_registrys(body: bytes, headers: dict[str, str]) -> None:
    assert not is_own_not_found(response(body, 404, **headers))


def test_half_a_pair_is_a_question_mark() -> None:
    assert json_object(response(rb'{"a": "x\ud800", "\uDfff": 1}'), "x") == {"a": "x?", "?": 1}
