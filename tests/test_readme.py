"""The README's commands, run as they are written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.harborguard.installation import PROJECT, SECONDS, Installation
from tests.services.registry_fixtures import DockerRegistryFactory

pytestmark = pytest.mark.slow


needs_tools = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq are not installed"
)


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("up")
    installation = Installation(folder / "data", folder / "log")
    installation.start_and_wait()
    yield installation
    installation.end()


def commands_of(heading: str) -> str:
    section = (PROJECT / "README.md").read_text().partition(f"\n## {heading}\n")[2]
    own = section.partition("\n## ")[0]
    found = re.search(r"^```sh\n(.*?)^```$", own, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def manage(running: Installation, *command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=PROJECT,
        env=running.environment,
        timeout=SECONDS,
        check=True,
    )


@needs_tools
def test_the_commands_from_curl_do_what_the_readme_says(
    running: Installation, docker_registry: DockerRegistryFactory
) -> None:
    registry, other = docker_registry(), docker_registry()
    registry.seed(["team/app"], ["v1", "v2"])
    other.seed(["before/app"], ["v3"])
    manage(running, "connect_registry", "other", other.url, "--insecure", "--no-sync")
    manage(running, "sync_registry", "other")

    said = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", commands_of("From curl")],
        cwd=PROJECT,
        env={**running.environment, "HG": running.url, "REGISTRY": registry.url},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert said.returncode == 0, said.stderr + said.stdout
    assert said.stderr == ""
    assert '"status": "CONNECTED"' in said.stdout
    assert '{"success":true,"message":"Sync started"}' in said.stdout
    assert f"{registry.url.removeprefix('http://')}/team/app:v1\n" in said.stdout
    assert '"kind":"added","repository":"team/app","tag":"v2"}' in said.stdout
    assert "before/app" not in said.stdout, "It was there before"
