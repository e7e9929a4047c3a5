"""Every page that links lead to, and every list and item of the API."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import requests

from tests.leaks.visitor import Visitor

_LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#?]*)[^"]*"')
_PARAMETER = re.compile(r"\{(\w+)\}")
# What is no page, or shows nothing that another does not.
_PASSED_BY = re.compile(
    r"/(static|api|logout|theme)\b|/(sync|test|trust|delete|history|add|logout)/?$"
)
_NUMBER = re.compile(r"\d+")
# Where they are many they are alike, and what they show is in the API and the database too.
_MOST_OF_A_KIND = 12


def read_every_page(visitor: Visitor) -> set[str]:
    """Read every page; return their addresses, with N for numbers."""
    left = ["/", "/admin/"]
    seen, kinds = set(left), Counter(left)
    while left:
        path = left.pop()
        answer = visitor.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        for link in _LINK.findall(answer.text):
            kind = _NUMBER.sub("N", link)
            if link in seen or _PASSED_BY.search(link) or kinds[kind] == _MOST_OF_A_KIND:
                continue
            seen.add(link)
            kinds[kind] += 1
            left.append(link)
    return set(kinds)


def read_the_whole_api(visitor: Visitor) -> set[str]:
    """The templates of what was read: all that the schema describes, for every item there is.

    What is in no list, as a dry run, is read by whoever made it.
    """
    schema = visitor.get("/api/openapi.json").json()
    listed = [path for path, methods in schema["paths"].items() if "get" in methods]
    templates = [path for path in listed if not path.startswith("/api/dry-runs/")]
    for template in templates:
        for path in _filled(visitor, template):
            answer = visitor.get(path)
            assert answer.status_code == 200 or _has_lost_its_key(answer), (path, answer.text)
    return set(templates)


def _has_lost_its_key(answer: requests.Response) -> bool:
    """Return whether the answer is about something sealed with a lost key."""
    return answer.status_code == 503 and answer.json()["code"] == "credential_unreadable"


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
