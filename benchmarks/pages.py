"""The cost of each page with 1,000 registries and 1,000,000 images: `make bench-pages`.

Starts HarborGuard with a private PostgreSQL that it seeds first, requests each page repeatedly,
opens it in Chromium, and prints the table of docs/performance.md. Fails if a page exceeds its
limit or is not measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks import installation
from benchmarks.cold_load import ColdLoad, cold_load
from benchmarks.seed_inventory import Size, add_size_options, database_bytes, seed, vacuum
from benchmarks.server_time import ServerTime, server_time
from tests.services.parts import CHROMIUM

MOST_SECONDS = 0.300
MOST_PAINT_SECONDS = 1.0
MOST_BYTES = 150_000
_COLUMNS = (
    *("page", "p50 ms", "p95 ms", "most ms", "HTML, kB", "first paint ms", "cold load, kB"),
    "requests",
)


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp")))
        folder.chmod(0o755)
        stack.enter_context(installation.installation(folder, options.database))
        if options.database is None:
            _seed(Size.of(options))
        installation.manage("collectstatic", "--no-input", "--verbosity=0")
        from benchmarks.page_scenarios import page_scenarios

        cookie = _sign_in()
        wanted = {
            name: paths for name, paths in page_scenarios().items() if re.search(options.only, name)
        }
        web = stack.enter_context(installation.web(folder))
        browser = stack.enter_context(_chromium())
        _print_machine()
        slow = _measure(web.port, browser, cookie, wanted, options.requests, options.loads)
        _print_machine()
    if slow:
        sys.exit(f"Beyond their bounds: {'; '.join(slow)}")


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=100, help="requests per page")
    options.add_argument("--loads", type=int, default=5, help="loads of each page in Chromium")
    options.add_argument(
        "--only", default="", metavar="PATTERN", help="regular expression for names of routes"
    )
    options.add_argument("--database", help="URL of a seeded database")
    add_size_options(options)
    options.set_defaults(repositories=100_000, runs=100)
    return options.parse_args()


def _seed(size: Size) -> None:
    today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
    _say(f"Seeding {size.registries:,} registries and {size.images:,} images")
    seconds = sum(seed(size, today - timedelta(days=730)).values())
    vacuum()
    _say(f"Seeded in {seconds:.0f} s: {database_bytes() / 2**20:,.0f} MiB")


def _sign_in() -> Mapping[str, str]:
    """Return the session cookie of an admin, who sees everything."""
    from django.conf import settings
    from django.test import Client

    from harborguard.access.actor import Actor
    from harborguard.access.models import Role
    from harborguard.access.people import create_user

    by = Actor.at_the_command_line()
    admin = create_user(by=by, username=f"bench-{os.getpid()}", role=Role.ADMIN)
    client = Client()
    client.force_login(admin)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}


@contextmanager
def _chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM.find() or CHROMIUM.give_up(),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


def _measure(
    port: int,
    browser: Browser,
    cookie: Mapping[str, str],
    wanted: Mapping[str, list[str]],
    requests: int,
    loads: int,
) -> list[str]:
    """Print the table; return the pages that exceed their limits."""
    print(f"\n| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|")
    slow = []
    for name, paths in wanted.items():
        signed_in = name != "login"
        session = cookie if signed_in else {**cookie, "value": "nobody"}
        headers = {"Host": "localhost", "Cookie": f"{session['name']}={session['value']}"}
        served = server_time(port, headers, paths, max(requests, 1))
        url = f"http://localhost:{port}{paths[0]}"
        loaded = cold_load(browser, url, session, loads) if loads else None
        print(f"| {' | '.join([name, *_cells(served, loaded)])} |", flush=True)
        slow += [f"{name} {reason}" for reason in _reasons(served, loaded)]
    return slow


def _cells(served: ServerTime, loaded: ColdLoad | None) -> list[str]:
    milliseconds = [served.percentile(share) * 1000 for share in (0.5, 0.95, 1)]
    cells = [*(f"{value:.0f}" for value in milliseconds), f"{served.most_bytes / 1000:.1f}"]
    if loaded is None:
        return [*cells, "", "", ""]
    paint, size = loaded.paint_seconds * 1000, loaded.bytes / 1000
    return [*cells, f"{paint:.0f}", f"{size:.1f}", str(loaded.requests)]


def _reasons(served: ServerTime, loaded: ColdLoad | None) -> Iterator[str]:
    if (slowest := served.percentile(0.95)) > MOST_SECONDS:
        yield f"p95 {slowest * 1000:.0f} ms"
    if loaded and loaded.paint_seconds > MOST_PAINT_SECONDS:
        yield f"first paint {loaded.paint_seconds * 1000:.0f} ms"
    if loaded and loaded.bytes > MOST_BYTES:
        yield f"cold load {loaded.bytes / 1000:.1f} kB"


def _print_machine() -> None:
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, load of 1, 5, 15 minutes: {load}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
