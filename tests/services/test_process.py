from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.process import ServiceFailed, ServiceProcess

# The service holds a pipe open for as long as it lives.
_SERVICE = """
import sys, time
with open(sys.argv[1], "w") as pipe:
    print("ready", file=pipe, flush=True)
    time.sleep(600)
"""
_TESTS = """
import sys, time
from pathlib import Path
from tests.services.process import ServiceProcess
ServiceProcess([sys.executable, "-c", sys.argv[1], sys.argv[2]], log=Path(sys.argv[3]))
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_service_ends_when_its_tests_are_killed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", _TESTS, _SERVICE, str(pipe), str(tmp_path / "log")]
    with subprocess.Popen(command) as tests, pipe.open() as reader:
        assert reader.readline() == "ready\n"
        tests.kill()

        assert reader.read() == ""


def test_a_service_that_cannot_start_says_why(tmp_path: Path) -> None:
    process = ServiceProcess(
        [sys.executable, "-c", "raise SystemExit('the port is taken')"], log=tmp_path / "log"
    )
    with pytest.raises(ServiceFailed, match="the port is taken"):
        process.wait_until(lambda: False)
