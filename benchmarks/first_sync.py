"""A first sync of 1,000 repositories x 20 tags from docker-registry into PostgreSQL.

Runs next to wrk, which requests the same number of manifests from the same registry with the same
concurrency: the ratio is the cost of HarborGuard on top of the registry's own work. `make bench`
runs it and prints the table of docs/performance.md.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
from django.db import connection

from benchmarks.wrk import manifests_per_second
from tests.services.docker_registry import DockerRegistry
from tests.services.postgresql import postgresql
from tests.services.registry_config import RegistryConfig

REPOSITORIES = int(os.environ.get("BENCH_REPOSITORIES", "1000"))
TAGS = int(os.environ.get("BENCH_TAGS", "20"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CONNECTIONS = 16
WRK_SECONDS = 10

_INVENTORY = ("inventory_repository", "inventory_image", "inventory_imageevent")


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp")))
        folder.chmod(0o755)
        database = stack.enter_context(postgresql(folder / "postgresql"))
        storage = folder / "registry"
        storage.mkdir()
        registry = DockerRegistry(RegistryConfig(storage))
        stack.callback(registry.stop)
        names = [f"team-{number % 20}/app-{number:05}" for number in range(REPOSITORIES)]
        tags = [f"v1.{number}" for number in range(TAGS)]
        say(f"Seeding {REPOSITORIES} repositories x {TAGS} tags")
        registry.seed(names, tags)
        os.environ.update(environment_of(database, folder))
        django.setup()
        manage("migrate", "--verbosity=0")
        paths = [f"/v2/{name}/manifests/{tag}" for tag in tags for name in names]
        rounds = [one_round(number, registry.url, paths, folder) for number in range(ROUNDS)]
        report(rounds)


def one_round(number: int, url: str, paths: list[str], folder: Path) -> dict[str, float]:
    """Run wrk, a first sync, wrk again and an unchanged sync; wrk's rate is the mean of both."""
    say(f"Round {number + 1} of {ROUNDS}")
    name = f"bench-{number}"
    manage("connect_registry", name, url, "--insecure", "--no-sync")
    before = ask_wrk(url, paths, folder)
    first = measured_sync(name)
    after = ask_wrk(url, paths, folder)
    written = rows_written()
    again = measured_sync(name)
    rewritten = rows_written() - written
    rate = (before + after) / 2
    wrk_seconds = len(paths) / rate
    assert first["counters"]["added"] == len(paths), first
    return {
        "wrk requests/s": rate,
        "wrk seconds for as many manifests": wrk_seconds,
        "first sync, seconds": first["seconds"],
        "ratio": first["seconds"] / wrk_seconds,
        "first sync, requests": first["counters"]["requestsSent"],
        "first sync, requests/s": first["counters"]["requestsSent"] / first["seconds"],
        "first sync, waiting for the database, seconds": first["database_seconds"],
        "first sync, peak RSS, MiB": first["peak_rss_mib"],
        "unchanged sync, seconds": again["seconds"],
        "unchanged sync, peak RSS, MiB": again["peak_rss_mib"],
        "unchanged sync, inventory rows written": rewritten,
    }


def ask_wrk(url: str, paths: list[str], folder: Path) -> float:
    return manifests_per_second(
        url, paths, connections=CONNECTIONS, seconds=WRK_SECONDS, folder=folder
    )


def measured_sync(name: str) -> dict[str, Any]:
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.measured_sync", name],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    measured: dict[str, Any] = json.loads(output)
    if measured["state"] != "succeeded":
        raise SystemExit(f"The sync did not succeed: {output}")
    return measured


def rows_written() -> int:
    """Return inserts, updates and deletes on the inventory's tables since the database started."""
    time.sleep(1.5)  # a backend reports its statistics when it exits, or a second later
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
            " WHERE relname = ANY(%s)",
            [list(_INVENTORY)],
        )
        return int(cursor.fetchone()[0])


def environment_of(database: str, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "REDIS_URL": f"redis+socket://{folder}/no-broker.sock",
        "HARBORGUARD_DATA_DIR": str(folder / "var"),
        "HARBORGUARD_ALLOW_LOOPBACK": "true",
        "HARBORGUARD_CREDENTIAL_KEYS": f"bench:{secrets.token_hex(32)}",
        "HARBORGUARD_REGISTRY_CONCURRENCY": str(CONNECTIONS),
        "DJANGO_SETTINGS_MODULE": "harborguard.settings",
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "localhost",
        "LOG_LEVEL": "WARNING",
    }


def manage(*arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], check=True, stdout=subprocess.DEVNULL)


def report(rounds: list[dict[str, float]]) -> None:
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{REPOSITORIES} repositories x {TAGS} tags, {CONNECTIONS} connections\n")
    columns = [*(f"round {number + 1}" for number in range(len(rounds))), "median"]
    print("| Measurement | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for what in rounds[0]:
        values = [measured[what] for measured in rounds]
        cells = (
            f"{value:,.2f}".removesuffix(".00") for value in [*values, statistics.median(values)]
        )
        print(f"| {what} | " + " | ".join(cells) + " |")


def say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
