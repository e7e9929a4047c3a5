"""Rows as a large installation has them, for measuring: `python -m benchmarks.seed_inventory`.

Fills the migrated and empty PostgreSQL of DATABASE_URL, the same in every run: one giant
registry, many small ones, two years of history. Its registries do not exist: start no worker.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import django
from django.db import connection, transaction

# Two years of 365 days: the history begins here, and "now" is at its end.
START = datetime(2024, 1, 1, tzinfo=UTC)
_STEPS = (
    *("registry", "repository", "image", "image_event", "sync_run", "registry_state"),
    *("push_delivery", "dry_run", "person", "audit_entry"),
)
_ROWS = Path(__file__).parent / "rows"


@dataclass(frozen=True, slots=True)
class Size:
    registries: int = 1_000
    repositories: int = 50_000
    images: int = 1_000_000
    runs: int = 20  # of each registry

    @classmethod
    def of(cls, options: argparse.Namespace) -> Size:
        return cls(**{size.name: getattr(options, size.name) for size in fields(cls)})


def add_size_options(options: argparse.ArgumentParser) -> None:
    for size in fields(Size):
        options.add_argument(f"--{size.name}", type=int, default=size.default)


def seed(size: Size, start: datetime = START) -> dict[str, float]:
    """Fill the database; return what each step has cost, in seconds.

    Pages tell of the last days by the clock: for them the history begins two years ago.
    """
    seconds = {}
    with transaction.atomic(), connection.cursor() as cursor:
        _refuse_a_used_database()
        # The rows are right by construction: to look up millions of foreign keys tells nothing.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for step in _STEPS:
            started = time.perf_counter()
            cursor.execute((_ROWS / f"{step}.sql").read_text(), _parameters(size, start))
            seconds[step] = time.perf_counter() - started
    return seconds


def vacuum() -> None:
    """As autovacuum has done it some time after so many rows were written."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _refuse_a_used_database() -> None:
    from registries.models import Registry

    if connection.vendor != "postgresql":
        raise SystemExit("DATABASE_URL must name a PostgreSQL")
    if Registry.objects.exists():
        raise SystemExit("The database has registries already: seed an empty one")


def _parameters(size: Size, start: datetime) -> dict[str, int | datetime]:
    return {"start": start, **asdict(size)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    add_size_options(options)
    size = Size.of(options.parse_args())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harborguard.settings")
    django.setup()
    for step, seconds in seed(size).items():
        print(f"{seconds:8.1f} s  {step}", file=sys.stderr)
    vacuum()
    print(f"{database_bytes() / 2**20:,.0f} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()
