from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from harborguard.ops.readiness.outcome import NotReady, Outcome, passed


def migrations() -> Outcome:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise NotReady(f"{len(plan)} migrations are not applied. Run `manage.py migrate`")
    return passed("All migrations are applied")
