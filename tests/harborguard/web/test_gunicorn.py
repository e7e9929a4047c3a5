"""The web process at the limits of HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.harborguard.web_server import WebServer, web_server

LONGEST = 8190


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    folder: Path = tmp_path_factory.mktemp("web")
    with web_server(folder / "log", HARBORGUARD_DATA_DIR=str(folder / "var")) as running:
        yield running


def get(server: WebServer, length: int) -> requests.Response:
    """Ask with a first line of that length."""
    before, after = "/readyz?exclude=", " HTTP/1.1"
    padding = "x" * (length - len(f"GET {before}{after}"))
    return requests.get(f"{server.url}{before}{padding}", timeout=30)


def test_a_long_query_reaches_the_product(server: WebServer) -> None:
    answer = get(server, LONGEST)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_longer_one_is_refused_before_it_does(server: WebServer) -> None:
    answer = get(server, LONGEST + 1)

    assert answer.status_code == 414
    assert answer.headers["Content-Type"] == "text/html"


@pytest.mark.parametrize(
    "headers", [{"X-Long": "x" * 8190}, {f"X-{number}": "x" for number in range(101)}]
)
def test_so_are_headers_that_are_too_long_or_too_many(
    server: WebServer, headers: dict[str, str]
) -> None:
    answer = requests.get(f"{server.url}/readyz", headers=headers, timeout=30)

    assert answer.status_code == 431
    assert answer.headers["Content-Type"] == "text/html"


def test_a_control_character_in_a_header_is_refused_before_it_does(server: WebServer) -> None:
    answer = requests.get(f"{server.url}/readyz", headers={"X-Request-ID": "a\x01b"}, timeout=30)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/html"
