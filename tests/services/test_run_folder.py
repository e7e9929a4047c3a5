from __future__ import annotations

from pathlib import Path

import pytest

from tests.services import run_folder
from tests.services.run_folder import private_folder


@pytest.fixture(autouse=True)
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_folder, "_PARENT", tmp_path)
    return tmp_path


def test_a_run_leaves_nothing(parent: Path) -> None:
    with private_folder() as folder:
        (folder / "data").mkdir()

    assert list(parent.iterdir()) == []


def test_a_run_removes_what_a_killed_one_left_and_nothing_of_a_living_one(parent: Path) -> None:
    killed = parent / "hg-tests-killed"
    (killed / "data").mkdir(parents=True)

    with private_folder() as living, private_folder():
        assert living.exists()
        assert not killed.exists()
