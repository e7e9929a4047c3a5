from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import environ
import psycopg
import pytest
import requests

from tests.harborguard.installation import (
    PROJECT,
    SECONDS,
    Installation,
    environment_without_settings,
)
from tests.services.registry_fixtures import DockerRegistryFactory

pytestmark = pytest.mark.slow


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc says who is left, on Linux")


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    # A short path, for the broker's socket.
    folder = tmp_path_factory.mktemp("up")
    installation = Installation(folder / "my data", folder / "log")
    yield installation
    installation.end()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("up")
    installation = Installation(folder / "my data", folder / "log")
    installation.start_and_wait()
    yield installation
    installation.end()


def refusal(*arguments: str, **environment: str) -> str:
    """Return the one line of a command that does not start, with exit code 1."""
    done = subprocess.run(
        [sys.executable, PROJECT / "manage.py", *arguments],
        env={**environment_without_settings(), **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@on_linux
def test_a_person_signs_in_with_the_password_that_was_printed(running: Installation) -> None:
    password = running.wait_for_line("Sign in as admin with the password (.+)")[1]
    with requests.Session() as browser:
        page = browser.get(f"{running.url}/login", timeout=SECONDS)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        form = {"username": "admin", "password": password, "csrfmiddlewaretoken": token[1]}
        answer = browser.post(
            f"{running.url}/login", data=form, timeout=SECONDS, allow_redirects=False
        )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@on_linux
def test_its_worker_syncs_a_registry_that_a_command_connects(
    running: Installation, docker_registry: DockerRegistryFactory
) -> None:
    registry = docker_registry()
    registry.seed(["team/api", "team/web"], ["1", "2"])

    running.manage("connect_registry", "local", registry.url, "--insecure")

    running.wait_until(lambda: _status(running, "local") == ("CONNECTED", 100, 4))


def _status(installation: Installation, name: str) -> tuple[str, int, int]:
    with closing(sqlite3.connect(installation.data_dir / "harborguard.sqlite3")) as database:
        question = "SELECT status, health, image_count FROM registries_registry WHERE name = ?"
        row: tuple[str, int, int] = database.execute(question, [name]).fetchone()
        return row


@on_linux
def test_what_it_writes_is_for_its_owner_alone(running: Installation) -> None:
    found = [running.data_dir, *running.data_dir.rglob("*")]

    assert {"harborguard.sqlite3", "valkey.sock", "credential-key"} <= {path.name for path in found}
    assert not [path for path in found if stat.S_IMODE(path.lstat().st_mode) & 0o077]


@on_linux
def test_a_second_one_on_the_same_data_is_refused(running: Installation) -> None:
    line = refusal("up", "--port", "0", HARBORGUARD_DATA_DIR=str(running.data_dir))

    assert f"Another `manage.py up` uses {running.data_dir}" in line


@on_linux
@pytest.mark.parametrize("name", ["worker", "broker", "web"])
def test_a_service_that_is_killed_is_started_again(running: Installation, name: str) -> None:
    titles = {"worker": " worker", "broker": "valkey-server", "web": "gunicorn"}
    before = running.processes()
    leader = running.leader(titles[name])
    members = [process.pid for process in before if process.parent == leader.pid]

    os.kill(leader.pid, signal.SIGKILL)

    running.wait_for_line(f"{name} was killed by SIGKILL; restarting in 1 s")
    running.wait_until(lambda: len(running.processes()) == len(before))
    after = {process.pid for process in running.processes()}
    assert not after & {leader.pid, *members}
    assert {process.pid for process in before} - {leader.pid, *members} <= after
    assert requests.get(f"{running.url}/healthz", timeout=SECONDS).text == "ok\n"


@on_linux
def test_it_ends_with_all_its_processes_and_shows_the_password_once(fresh: Installation) -> None:
    for number, passwords in ((signal.SIGINT, 1), (signal.SIGTERM, 0)):
        fresh.start_and_wait()

        fresh.launcher.send_signal(number)

        assert fresh.launcher.wait(SECONDS) == 0
        assert fresh.processes() == []
        assert "Traceback" not in fresh.output
        assert fresh.output.count("Sign in as admin") == passwords


@on_linux
def test_killed_it_leaves_no_process_behind(fresh: Installation) -> None:
    fresh.start_and_wait()

    fresh.launcher.kill()
    fresh.launcher.wait()

    fresh.wait_until_nothing_is_left()


@on_linux
def test_killed_while_it_starts_it_leaves_no_process_behind(fresh: Installation) -> None:
    fresh.start("--port", "0")
    fresh.wait_until(lambda: any("valkey-server" in found.command for found in fresh.processes()))

    fresh.launcher.kill()
    fresh.launcher.wait()

    fresh.wait_until_nothing_is_left()


@on_linux
@pytest.mark.needs_postgresql
@pytest.mark.needs_redis
def test_it_uses_the_database_and_the_broker_that_it_is_given(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("up")
    name = f"up_{secrets.token_hex(4)}"
    url = os.environ["DATABASE_URL"]
    server = environ.Env.db_url_config(url)
    with psycopg.connect(
        host=server["HOST"], user=server["USER"], dbname=server["NAME"], autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    installation = Installation(
        folder / "data",
        folder / "log",
        DATABASE_URL=f"{url.rpartition('/')[0]}/{name}",
        REDIS_URL=os.environ["REDIS_URL"],
        SECRET_KEY=secrets.token_hex(32),
        HARBORGUARD_CREDENTIAL_KEYS=f"tests:{secrets.token_hex(32)}",
        HARBORGUARD_HTTPS="false",
        ALLOWED_HOSTS="127.0.0.1",
    )
    try:
        installation.start_and_wait()
        assert requests.get(f"{installation.url}/login", timeout=SECONDS).status_code == 200
        assert not any("valkey" in found.command for found in installation.processes())
    finally:
        installation.end()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        line = refusal("up", HARBORGUARD_DATA_DIR=str(tmp_path), PORT=port)

    assert f"Port {port} on 127.0.0.1 is in use" in line


@pytest.mark.parametrize("command", ["up", "migrate"])
def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.touch()

    line = refusal(command, HARBORGUARD_DATA_DIR=str(file / "data"))

    assert f"Cannot use the key file {file}/data" in line
    assert "HARBORGUARD_DATA_DIR" in line


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    line = refusal(
        "up",
        *("--port", "0"),
        HARBORGUARD_DATA_DIR=str(tmp_path),
        DATABASE_URL="postgres://somebody:secret@127.0.0.1:1/none",
        SECRET_KEY=secrets.token_hex(32),
        ALLOWED_HOSTS="localhost",
        HARBORGUARD_CREDENTIAL_KEYS=f"tests:{secrets.token_hex(32)}",
    )

    assert "Cannot use the database: " in line
    assert "secret" not in line


def test_what_production_must_bring_is_named() -> None:
    line = refusal("up", DATABASE_URL="postgres://127.0.0.1/none")

    assert "SECRET_KEY" in line
