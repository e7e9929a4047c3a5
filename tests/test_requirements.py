from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(
    r"^([\w.-]+)(?:\[([^\]]*)\])?==(\S+)[^\n]*\\\n +--hash=sha256:[0-9a-f]{64}", re.MULTILINE
)


def pins(name: str) -> dict[str, str]:
    found = PIN.findall((ROOT / name).read_text())
    return {canonicalize_name(package): version for package, _, version in found}


def pinned_extras(name: str) -> dict[str, set[str]]:
    found = PIN.findall((ROOT / name).read_text())
    return {canonicalize_name(package): set(extras.split(", ")) for package, extras, _ in found}


def wanted(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_holds_what_is_asked_for(name: str) -> None:
    locked = pins(f"{name}.txt")
    stale = [
        str(requirement)
        for requirement in wanted(f"{name}.in")
        if locked.get(canonicalize_name(requirement.name)) is None
        or locked[canonicalize_name(requirement.name)] not in requirement.specifier
    ]

    assert stale == [], "run `make lock`"


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_a_pin_names_the_extras_that_are_asked_for(name: str) -> None:
    """The extras must be pinned: else pip takes the newest release, whose hash is not locked."""
    pinned = pinned_extras(f"{name}.txt")

    for requirement in wanted(f"{name}.in"):
        assert requirement.extras <= pinned[canonicalize_name(requirement.name)], "run `make lock`"


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()
