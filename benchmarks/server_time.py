"""Time of the web process per page, with one request at a time on one connection.

Measured from the first byte of the request to the last byte of the response, compressed as for a
browser.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle, islice

# 286 tells htmx to stop polling.
_GOOD = (200, 286)


@dataclass(frozen=True, slots=True)
class ServerTime:
    """Sorted ``seconds`` of the requests, and the largest response."""

    seconds: Sequence[float]
    most_bytes: int

    def percentile(self, share: float) -> float:
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def server_time(
    port: int, headers: Mapping[str, str], paths: Sequence[str], requests: int
) -> ServerTime:
    """Request the paths in turn; raise SystemExit for any other response than a page."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        _get(connection, headers, paths[0])  # warm-up
        taken = [_timed(connection, headers, path) for path in islice(cycle(paths), requests)]
    return ServerTime(sorted(seconds for seconds, _ in taken), max(size for _, size in taken))


def _timed(connection: HTTPConnection, headers: Mapping[str, str], path: str) -> tuple[float, int]:
    began = time.perf_counter()
    size = _get(connection, headers, path)
    return time.perf_counter() - began, size


def _get(connection: HTTPConnection, headers: Mapping[str, str], path: str) -> int:
    connection.request("GET", path, headers={**headers, "Accept-Encoding": "gzip"})
    response = connection.getresponse()
    body = response.read()
    if response.status not in _GOOD:
        raise SystemExit(f"{path}: {response.status} {response.getheader('Location', '')}")
    return len(body)
