"""A table of the latency and CPU time of lists under load."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection

from benchmarks import cpu
from benchmarks.installation import Web
from benchmarks.open_loop import Caller, Measured, load

_WARM_UP_SECONDS = 2
_COLUMNS = (
    *("list", "rows", "p50 ms", "p95 ms", "p99 ms", "most ms", "answers/s", "errors"),
    *("web CPU ms", "database CPU ms", "others, cores"),
)


@dataclass(frozen=True, slots=True)
class Measurement:
    web: Web
    database_pid: int
    headers: Mapping[str, str]
    rate: int
    seconds: int


def print_latencies(lists: Mapping[str, Sequence[str]], measurement: Measurement) -> None:
    print(f"\n{measurement.rate} requests/s for {measurement.seconds} s each; CPU per response\n")
    print(f"| {' | '.join(_COLUMNS)} |")
    print("|---" * len(_COLUMNS) + "|")
    generator = 0.0
    for name, paths in lists.items():
        rows = _rows(measurement, paths[0])
        _load(measurement, paths, _WARM_UP_SECONDS)
        before = _spent(measurement)
        measured = _load(measurement, paths, measurement.seconds)
        web, database, machine = (
            now - then for now, then in zip(_spent(measurement), before, strict=True)
        )
        others = machine - web - database - measured.cpu_seconds
        cells = [name, rows, *_cells(measured, web, database), f"{others / measured.seconds:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)
        generator = max(generator, measured.cpu_seconds / measured.seconds)
    print(f"\nThe load generator used at most {generator:.0%} of a core.")


def _spent(measurement: Measurement) -> tuple[float, float, float]:
    return (
        cpu.seconds_of(measurement.web.pid),
        cpu.seconds_of(measurement.database_pid),
        cpu.seconds_of_all(),
    )


def _load(measurement: Measurement, paths: Sequence[str], seconds: int) -> Measured:
    caller = Caller(measurement.web.port, measurement.headers)
    return asyncio.run(load(caller, paths, measurement.rate, seconds))


def _rows(measurement: Measurement, path: str) -> str:
    """Return the number of rows; raise SystemExit for an empty list, which proves nothing."""
    with closing(HTTPConnection("127.0.0.1", measurement.web.port, timeout=30)) as connection:
        connection.request("GET", path, headers=dict(measurement.headers))
        response = connection.getresponse()
        body = response.read()
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status} {body[:500]!r}")
    found = json.loads(body)
    if "results" not in found:
        return "one"
    if not found["results"]:
        raise SystemExit(f"{path} is empty")
    return str(len(found["results"]))


def _cells(measured: Measured, web: float, database: float) -> list[str]:
    answers = max(1, len(measured.latencies))
    milliseconds = [f"{measured.percentile(share) * 1000:.1f}" for share in (0.5, 0.95, 0.99, 1)]
    errors = ", ".join(f"{count} {what}" for what, count in measured.errors.items()) or "0"
    cost = [f"{seconds / answers * 1000:.1f}" for seconds in (web, database)]
    return [*milliseconds, f"{measured.rate:.1f}", errors, *cost]
