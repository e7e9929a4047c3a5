"""The cost of the API's lists with 1,000 registries and 1,000,000 images: `make bench-lists`.

Starts HarborGuard with a private PostgreSQL that it seeds first, requests each list on a fixed
schedule, and prints the tables of docs/performance.md. `--explain` prints query plans instead.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import installation
from benchmarks.deep_pages import walk
from benchmarks.latencies import Measurement, print_latencies
from benchmarks.seed_inventory import Size, add_size_options, database_bytes, seed, vacuum


def main() -> None:
    options = _options()
    size = Size.of(options)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp")))
        folder.chmod(0o755)
        stack.enter_context(installation.installation(folder, options.database))
        if options.database is None:
            _seed(size)
        headers = {"Host": "localhost", "Authorization": f"Bearer {_key()}"}
        wanted = _wanted(options.only)
        if options.explain:
            _print_plans(wanted, headers)
            return
        web = stack.enter_context(installation.web(folder))
        database = installation.postgresql_pid()
        _print_machine()
        print_latencies(
            wanted,
            Measurement(web, database, headers, rate=options.rate, seconds=options.seconds),
        )
        if options.pages:
            _print_deep_pages(web.port, headers, options.pages)
        _print_machine()


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=int, default=100, help="requests per second")
    options.add_argument("--seconds", type=int, default=30, help="seconds of load per scenario")
    options.add_argument(
        "--pages", type=int, default=10_000, help="number of pages to walk; 0 skips the walk"
    )
    options.add_argument(
        "--only",
        default="",
        metavar="PATTERN",
        help="regular expression for names of scenarios",
    )
    options.add_argument("--explain", action="store_true", help="print query plans")
    options.add_argument("--database", help="URL of a seeded database")
    add_size_options(options)
    return options.parse_args()


def _seed(size: Size) -> None:
    say(f"Seeding {size.registries:,} registries and {size.images:,} images")
    seconds = sum(seed(size).values())
    vacuum()
    say(f"Seeded in {seconds:.0f} s: {database_bytes() / 2**20:,.0f} MiB")


def _key() -> str:
    name = f"bench-{os.getpid()}"
    return installation.manage("create_api_key", name, "--role", "viewer")


def _wanted(pattern: str) -> dict[str, list[str]]:
    from benchmarks.scenarios import scenarios

    return {name: paths for name, paths in scenarios().items() if re.search(pattern, name)}


def _print_plans(wanted: dict[str, list[str]], headers: dict[str, str]) -> None:
    from benchmarks.plans import plans

    for name, paths in wanted.items():
        print(f"\n## {name}: GET {paths[0]}")
        for sql, plan in plans(paths[0], headers):
            print(f"\n{sql}\n{plan}")


def _print_machine() -> None:
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, load of 1, 5, 15 minutes: {load}")


def _print_deep_pages(port: int, headers: dict[str, str], pages: int) -> None:
    say(f"Walking {pages:,} pages")
    found = walk(port, headers, "/api/images?pageSize=50", pages)
    print(f"\nConsecutive pages of 50 images: {found.pages:,} in {found.walk_seconds:.0f} s")
    print(
        f"first pages {found.first * 1000:.2f} ms, last pages {found.last * 1000:.2f} ms (medians)"
    )
    print(f"ratio {found.last / found.first:.2f}")


def say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
