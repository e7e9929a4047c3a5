"""Data of a large installation for benchmarks: `python -m benchmarks.seed_inventory`.

Fills the empty, migrated PostgreSQL in DATABASE_URL with the same data in every run: one giant
registry, many small ones, and two years of history. The registries do not exist, so don't start a
worker.
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

# The history starts here and lasts two years of 365 days, until "now".
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
    runs: int = 20  # per registry

    @classmethod
    def of(cls, options: argparse.Namespace) -> Size:
        return cls(**{size.name: getattr(options, size.name) for size in fields(cls)})


def add_size_options(options: argparse.ArgumentParser) -> None:
    for size in fields(Size):
        options.add_argument(f"--{size.name}", type=int, default=size.default)


def seed(size: Size, start: datetime = START) -> dict[str, float]:
    """Fill the database; return the seconds of each step.

    Pages show the last days by the clock; for them, start the history two years ago.
    """
    seconds = {}
    with transaction.atomic(), connection.cursor() as cursor:
        _require_empty_database()
        # The rows are valid by construction, so millions of foreign keys need no checking.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for step in _STEPS:
            started = time.perf_counter()
            cursor.execute((_ROWS / f"{step}.sql").read_text(), _parameters(size, start))
            seconds[step] = time.perf_counter() - started
    return seconds


def vacuum() -> None:
    """Vacuum, as autovacuum does some time after such a load."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _require_empty_database() -> None:
    from registries.models import Registry

    if connection.vendor != "postgresql":
        raise SystemExit("DATABASE_URL must be a PostgreSQL database.")
    if Registry.objects.exists():
        raise SystemExit("The database already has registries. Use an empty one.")


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
