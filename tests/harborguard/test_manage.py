"""Errors of manage.py are one line, not a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def manage(data_dir: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it through a shell, as a person does, on an installation of its own."""
    own = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL"}}
    return subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} manage.py {command}"],
        cwd=PROJECT,
        env={**own, "HARBORGUARD_DATA_DIR": str(data_dir), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("HARBORGUARD_ALLOWED_NETWORKS", "10.0.0.0/33"),
        ("HARBORGUARD_WORKER_CONCURRENCY", "many"),
    ],
)
def test_a_setting_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, value: str) -> None:
    result = manage(tmp_path, "check", **{name: value})
    assert result.returncode == 1
    assert result.stderr.startswith("HarborGuard cannot start")
    assert result.stderr.count("\n") == 1


def test_a_database_that_is_down_is_one_line_to_every_command(tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": f"postgres://nobody@/{tmp_path}/none", "ALLOWED_HOSTS": "localhost"}
    result = manage(tmp_path, "sync_registry --all", **nowhere)
    assert result.returncode == 1
    assert result.stderr.startswith("Cannot use the database: ")
    assert result.stderr.count("\n") == 1


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    result = manage(tmp_path, "sync_registry \"$(printf '\\377')\"")
    assert result.returncode == 1
    assert result.stderr.strip().endswith("is not UTF-8")


def test_closed_streams_are_empty_ones(tmp_path: Path) -> None:
    manage(tmp_path, "migrate --verbosity=0")
    connect = "connect_registry ours r.example.com --username me --password-stdin"
    assert "password is empty" in manage(tmp_path, f"{connect} <&-").stderr
    assert manage(tmp_path, "sync_registry --all >&- 2>&-").returncode == 0
