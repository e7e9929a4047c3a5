"""A sync in a process of its own, to measure its memory and time.

    python -m benchmarks.measured_sync NAME

Prints one JSON object: seconds, database_seconds, peak_rss_mib and the run's counters.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harborguard.settings")
django.setup()

from django.db import connection  # noqa: E402

from registries.models import Registry  # noqa: E402
from sync.enumeration import pipeline  # noqa: E402
from sync.models import SyncRun, Trigger  # noqa: E402
from sync.runs import lifecycle  # noqa: E402
from sync.runs.report import as_json  # noqa: E402


class Stopwatch:
    """An execute wrapper for Django that sums up the time of queries."""

    seconds = 0.0

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started


def main() -> None:
    stopwatch = Stopwatch()
    started = time.perf_counter()
    with connection.execute_wrapper(stopwatch):
        registry = Registry.objects.get(name=sys.argv[1])
        run = lifecycle.request(registry.pk, Trigger.COMMAND)
        for _ in pipeline.run(run.pk):
            pass
    seconds = time.perf_counter() - started
    report = as_json(SyncRun.objects.get(pk=run.pk))
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                **report,
                "seconds": seconds,
                "database_seconds": stopwatch.seconds,
                "peak_rss_mib": peak_kib / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
