"""Comparison of the first pages of a list with pages deep in it."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlsplit

_SAMPLE = 50
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class DeepPages:
    pages: int
    walk_seconds: float
    first: float
    last: float
    """Median seconds of the first and last pages reached."""


def walk(port: int, headers: dict[str, str], path: str, pages: int) -> DeepPages:
    """Follow ``next`` to the page, then request the first and last pages alternately.

    Alternating keeps changes in the load of a shared machine out of the comparison.
    """
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        started = time.perf_counter()
        paths = _follow(connection, headers, path, pages)
        walk_seconds = time.perf_counter() - started
        first, last = paths[:_SAMPLE], paths[-_SAMPLE:]
        seconds: dict[str, list[float]] = {"first": [], "last": []}
        for _ in range(_ROUNDS):
            for one, other in zip(first, last, strict=True):
                seconds["first"].append(_time(connection, headers, one))
                seconds["last"].append(_time(connection, headers, other))
    return DeepPages(len(paths), walk_seconds, median(seconds["first"]), median(seconds["last"]))


def _follow(
    connection: HTTPConnection, headers: dict[str, str], path: str, pages: int
) -> list[str]:
    paths = [path]
    while len(paths) < pages:
        following = json.loads(_get(connection, headers, paths[-1]))["next"]
        if following is None:
            break
        url = urlsplit(following)
        paths.append(f"{url.path}?{url.query}")
    return paths


def _time(connection: HTTPConnection, headers: dict[str, str], path: str) -> float:
    started = time.perf_counter()
    _get(connection, headers, path)
    return time.perf_counter() - started


def _get(connection: HTTPConnection, headers: dict[str, str], path: str) -> bytes:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status} {body[:500]!r}")
    return body
