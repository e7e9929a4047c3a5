"""Count the docstrings that start with a fragment: `python -m tests.docstrings`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("harborguard", "registries", "inventory", "sync", "benchmarks", "tests")
# A docstring starts with a verb or a noun phrase: "Return the lease", "A lease on a run".
FRAGMENT = re.compile(
    r"(?:Of|As|By|What|Where|Whether|Which|Who|Whose|Whom|Why|How|When|While|Those|That|If|From"
    r"|Until|Unless|Because|Since|For|With|Without|In|On|At|To|Into|So|And|But|Or|Nor|Such|Beside"
    r"|Besides|Between|Among|Before|After|Under|Over|None|Not|Yet|Then|Thus|Where\w+)\b"
)


class Docstring(NamedTuple):
    path: Path
    line: int
    first_line: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.first_line}"


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def docstrings(path: Path) -> Iterator[Docstring]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, documented) and (text := ast.get_docstring(node)):
            yield Docstring(path, node.body[0].lineno, text.partition("\n")[0])


def fragments() -> list[Docstring]:
    found = (docstring for path in sources() for docstring in docstrings(path))
    return [docstring for docstring in found if FRAGMENT.match(docstring.first_line)]


if __name__ == "__main__":
    places = fragments()
    sys.stdout.write("".join(f"{place}\n" for place in places))
    sys.stdout.write(f"{len(places)} docstrings start with a fragment\n")
