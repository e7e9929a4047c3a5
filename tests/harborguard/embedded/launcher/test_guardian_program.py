from __future__ import annotations

import os
import subprocess

import pytest

from harborguard.embedded.launcher import guardian_program
from harborguard.embedded.launcher.guardian_program import end, groups_left


def test_what_ended_is_not_left() -> None:
    assert groups_left(["+1\n", "+2\n", "-1\n", "+3\n"]) == {2, 3}


def test_what_does_not_listen_is_killed_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardian_program, "GRACE_SECONDS", 0.1)
    reader, lifeline = os.pipe()
    script = "trap '' TERM; sleep 600 & echo started; wait"
    with subprocess.Popen(
        ["sh", "-c", script],
        stdout=subprocess.PIPE,
        start_new_session=True,
        pass_fds=(lifeline,),
    ) as stubborn:
        os.close(lifeline)
        assert stubborn.stdout
        assert stubborn.stdout.readline() == b"started\n"

        end({stubborn.pid}, lifeline=reader)

    with os.fdopen(reader, "rb") as ended:
        assert ended.read() == b""
