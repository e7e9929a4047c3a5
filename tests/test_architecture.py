"""Rules of the architecture that import-linter's contracts in pyproject.toml cannot express."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPLICATIONS = ("harborguard", "registries", "inventory", "sync")
PURE = (
    "inventory/reconcile.py",
    "registries/tag_filter.py",
    "sync/runs/health.py",
    "sync/runs/schedule.py",
)
SOURCES = [path for name in APPLICATIONS for path in (ROOT / name).rglob("*.py")]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("name", PURE)
def test_a_pure_rule_reads_no_clock(name: str) -> None:
    called = {
        node.func.attr
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert not called & {"now", "utcnow", "today", "time", "monotonic"}


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "helpers", "common", "misc"}

    assert [path for path in SOURCES if path.stem in drawers or path.parent.name in drawers] == []


def test_no_application_speaks_through_signals() -> None:
    signals = ("django.db.models.signals", "django.dispatch")

    assert [path for path in SOURCES for name in imported(path) if name.startswith(signals)] == []


def test_only_the_adapter_knows_libcurl() -> None:
    knowing = {path.relative_to(ROOT) for path in SOURCES if "pycurl" in set(imported(path))}

    assert all(path.parent == Path("registries/transport") for path in knowing)
