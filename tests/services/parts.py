"""The programs that the tests need, and the reaction where one is missing."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


@dataclass(frozen=True)
class Part:
    name: str
    debian_package: str
    executables: tuple[str, ...]
    folders: str = ""

    def find(self, executable: str | None = None) -> Path | None:
        for name in (executable,) if executable else self.executables:
            if found := shutil.which(name):
                return Path(found)
            if self.folders and (folders := sorted(Path("/").glob(f"{self.folders}/{name}"))):
                return folders[-1]
        return None

    @property
    def missing(self) -> str:
        return f"{self.name} is missing (Debian package {self.debian_package})"

    def require(self) -> Path:
        return self.find() or self.give_up()

    def give_up(self) -> NoReturn:
        if CI:
            pytest.fail(self.missing, pytrace=False)
        pytest.skip(self.missing)


POSTGRESQL = Part("PostgreSQL", "postgresql", ("postgres",), "usr/lib/postgresql/*/bin")
DOCKER_REGISTRY = Part("docker-registry", "docker-registry", ("docker-registry",))
CHROMIUM = Part("Chromium", "chromium", ("chromium", "chromium-browser", "google-chrome"))
REDIS = Part("Redis or Valkey", "redis-server", ("valkey-server", "redis-server"))

PARTS = (POSTGRESQL, DOCKER_REGISTRY, CHROMIUM, REDIS)
