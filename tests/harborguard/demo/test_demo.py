"""`make demo` as a newcomer starts it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.harborguard.demo.running_demo import Demo
from tests.harborguard.installation import PROJECT, SECONDS

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="/proc says who is left, on Linux"),
    pytest.mark.slow,
]

# A past of a few days is enough here, and there sooner.
SHORT = ("--port", "0", "--days", "5")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A short path, for the broker's socket.
    return tmp_path_factory.mktemp("demo")


def signed_in(demo: Demo, username: str) -> requests.Session:
    browser = requests.Session()
    page = demo.get(browser, "/login")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"username": username, "password": demo.password, "csrfmiddlewaretoken": token[1]}
    answer = browser.post(f"{demo.url}/login", data=form, timeout=SECONDS, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    return browser


def changes_after(demo: Demo, browser: requests.Session, cursor: str) -> dict[str, Any]:
    answer = browser.get(f"{demo.url}/api/events", params={"after": cursor}, timeout=SECONDS)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_there_is_a_past_and_life_goes_on_until_ctrl_c(folder: Path) -> None:
    demo = Demo(folder, DATABASE_URL="postgres://127.0.0.1:1/not-the-demos")
    try:
        demo.start(*SHORT)
        demo.wait_for_line("HarborGuard is ready")
        browser = signed_in(demo, "guest")
        registries = browser.get(f"{demo.url}/api/registries", timeout=SECONDS).json()["results"]
        past = browser.get(f"{demo.url}/api/events", timeout=SECONDS).json()["results"]
        now = changes_after(demo, browser, "latest")["cursor"]
        demo.wait_until(lambda: bool(changes_after(demo, browser, now)["results"]))
        demo.launcher.send_signal(signal.SIGINT)
        assert demo.launcher.wait(SECONDS) == 0
        demo.wait_until_nothing_is_left()
    finally:
        demo.end()

    assert {found["status"] for found in registries} >= {"CONNECTED", "ERROR", "DISCONNECTED"}
    oldest = datetime.fromisoformat(past[0]["at"])
    assert datetime.now(UTC) - oldest > timedelta(days=4)
    assert "Traceback" not in demo.output
    assert [path.name for path in folder.iterdir()] == ["log"]


def test_told_to_stop_while_its_past_is_played_it_leaves_nothing(folder: Path) -> None:
    demo = Demo(folder)
    try:
        demo.start("--port", "0")
        demo.wait_for_line("Day 1 of 30")
        demo.launcher.terminate()
        assert demo.launcher.wait(SECONDS) == 0
        demo.wait_until_nothing_is_left()
    finally:
        demo.end()

    assert "Traceback" not in demo.output
    assert [path.name for path in folder.iterdir()] == ["log"]


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = subprocess.run(
            [sys.executable, "-m", "harborguard.demo", "--port", str(other.getsockname()[1])],
            env=Demo(folder).environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    assert done.returncode == 1
    assert "is in use" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(folder.iterdir()) == []
