"""Every page that links lead to, and every list and item of the API."""

from __future__ import annotations

import re
from typing import Any

from tests.leaks.visitor import Visitor

_LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#?]*)[^"]*"')
_PARAMETER = re.compile(r"\{(\w+)\}")
_NO_PAGES = ("/static/", "/api/", "/logout")


def read_every_page(visitor: Visitor, start: tuple[str, ...] = ("/", "/admin/")) -> set[str]:
    """The paths that were read."""
    left, seen = list(start), set(start)
    while left:
        path = left.pop()
        answer = visitor.get(path)
        assert answer.status_code in {200, 405}, (path, answer.status_code)
        found = set(_LINK.findall(answer.text)) - seen
        new = {path for path in found if not path.startswith(_NO_PAGES)}
        seen |= new
        left += sorted(new)
    print('PAGES', sorted(seen))
    return seen


def read_the_whole_api(visitor: Visitor) -> set[str]:
    """The paths that were read: what the schema describes, for every item that there is."""
    schema = visitor.get("/api/openapi.json").json()
    templates = [path for path, methods in schema["paths"].items() if "get" in methods]
    seen = set()
    for template in templates:
        for path in _filled(visitor, template):
            answer = visitor.get(path)
            assert answer.status_code == 200, (path, answer.text)
            seen.add(path)
    return seen


def _filled(visitor: Visitor, template: str) -> list[str]:
    parameter = _PARAMETER.search(template)
    if parameter is None:
        return [template]
    before, behind = template[: parameter.start()], template[parameter.end() :]
    key = parameter[1] if parameter[1] == "slug" else "id"
    return [f"{before}{item[key]}{behind}" for item in _items(visitor, before.rstrip("/"))]


def _items(visitor: Visitor, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = visitor.get(path, params={"pageSize": "200"}).json()["results"]
    return items
