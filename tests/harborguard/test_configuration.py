from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.harborguard.installation import PROJECT

# Read by the launcher and by docker-compose.yml, not by the settings.
_ELSEWHERE = {"PORT", "POSTGRES_PASSWORD"}


def documented() -> dict[str, str]:
    text = (PROJECT / "docs/configuration.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", text, re.MULTILINE))


def read_by_settings() -> Iterator[tuple[str, object]]:
    """Each name with its default, where that is written down as a constant."""
    tree = ast.parse((PROJECT / "harborguard/settings.py").read_text())
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _is_environment(call.func):
            name = ast.literal_eval(call.args[0])
            defaults = [key.value for key in call.keywords if isinstance(key.value, ast.Constant)]
            yield name, defaults[0].value if defaults else None


def _is_environment(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "env"
    )


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(documented()) == {name for name, _ in read_by_settings()} | _ELSEWHERE


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, n) for name, n in read_by_settings() if type(n) in {int, float}],
)
def test_a_default_that_is_a_number_is_documented(name: str, number: float) -> None:
    assert documented()[name] == f"{number:g}"
