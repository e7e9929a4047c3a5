from __future__ import annotations

import json
import logging
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from structlog.contextvars import bound_contextvars

from harborguard.ops.logs import LineFormatter, configuration, json_formatter
from tests.harborguard.web_server import WebServer, web_server

FORGERY = "name unknown\n2026-01-01 INFO admin login\r\x1b[2J\x00\u2028\x85\udc80"


def record(message: str, *arguments: object, **fields: Any) -> logging.LogRecord:
    entry = logging.LogRecord(
        "sync.enumeration.pipeline", logging.WARNING, "f", 1, message, arguments, None
    )
    entry.__dict__.update(fields)
    return entry


def record_of_a_failure(text: str) -> logging.LogRecord:
    entry = record("It failed")
    try:
        raise RuntimeError(text)
    except RuntimeError:
        entry.exc_info = sys.exc_info()
    return entry


def web(folder: Path, **environment: str) -> AbstractContextManager[WebServer]:
    return web_server(
        folder / "log",
        HARBORGUARD_DATA_DIR=str(folder / "var"),
        HARBORGUARD_LOG_FORMAT="json",
        **environment,
    )


def as_json(entry: logging.LogRecord) -> dict[str, Any]:
    line = json_formatter().format(entry)
    assert line.splitlines() == [line]
    read: dict[str, Any] = json.loads(line)
    return read


def test_a_json_line_has_stable_names() -> None:
    with bound_contextvars(run_id=7, registry_id=3):
        line = as_json(record("Run %s lost its database", 7))

    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "sync.enumeration.pipeline",
        "message": "Run 7 lost its database",
        "run_id": 7,
        "registry_id": 3,
    }


def test_what_a_library_adds_to_a_record_is_left_out() -> None:
    line = as_json(record("Task received", data={"args": "('canary',)"}, status=200))

    assert line["status"] == 200
    assert "data" not in line


@pytest.mark.parametrize("entry", [record("%s", FORGERY), record_of_a_failure(FORGERY)])
def test_what_a_registry_says_does_not_break_a_json_line(entry: logging.LogRecord) -> None:
    line = as_json(entry)

    assert FORGERY in line.get("exception", line["message"])


def test_what_a_registry_says_does_not_break_a_plain_line() -> None:
    line = LineFormatter().format(record("%s", FORGERY))

    assert line.isprintable()
    assert r"\n2026-01-01 INFO admin login\r\x1b[2J\x00\u2028\x85\udc80" in line


def test_an_exception_cannot_look_like_an_event_in_plain_lines() -> None:
    first, *others = LineFormatter().format(record_of_a_failure(FORGERY)).split("\n")

    assert first.endswith("WARNING sync.enumeration.pipeline It failed")
    assert any("2026-01-01 INFO admin login" in line for line in others)
    assert all(line.startswith("    ") and line.isprintable() for line in others)


@pytest.mark.parametrize("formatter", [json_formatter(), LineFormatter()], ids=["json", "line"])
@pytest.mark.parametrize("entry", [record("a" * 10**6), record_of_a_failure("a" * 10**6)])
def test_an_overlong_event_is_cut(formatter: logging.Formatter, entry: logging.LogRecord) -> None:
    assert len(formatter.format(entry)) < 30_000


def test_an_unknown_form_is_refused_by_name() -> None:
    with pytest.raises(ImproperlyConfigured, match="HARBORGUARD_LOG_FORMAT is 'xml'"):
        configuration(form="xml", level="INFO")


def test_every_line_of_web_is_json_and_a_request_s_lines_share_its_id(tmp_path: Path) -> None:
    with web(tmp_path) as server:
        answer = requests.get(f"{server.url}/nothing%0Ahere?token=canary", timeout=30)
        line = server.wait_for_line(lambda line: line["logger"] == "harborguard.request")

    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert (line["method"], line["path"]) == ("GET", "/nothing\nhere")
    assert (line["status"], line["address"]) == (404, "127.0.0.1")
    assert line["milliseconds"] >= 0
    assert "gunicorn.error" in {line["logger"] for line in server.lines()}
    assert "canary" not in server.log.read_text()


def test_a_probe_is_not_worth_a_line(tmp_path: Path) -> None:
    with web(tmp_path) as server:
        requests.get(f"{server.url}/healthz", timeout=30)
        requests.get(f"{server.url}/nothing", timeout=30)
        server.wait_for_line(lambda line: line.get("path") == "/nothing")

    assert not [line for line in server.lines() if line.get("path") == "/healthz"]


def test_a_probe_is_shown_to_whoever_looks_for_it(tmp_path: Path) -> None:
    with web(tmp_path, LOG_LEVEL="DEBUG") as server:
        requests.get(f"{server.url}/healthz", timeout=30)

        assert server.wait_for_line(lambda line: line.get("path") == "/healthz")
