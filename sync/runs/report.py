"""A run in words and in JSON, for commands."""

from __future__ import annotations

from typing import Any

from sync.models import SyncRun

_COUNTERS = {
    "repositoriesListed": "repositories_listed",
    "repositoriesRead": "repositories_read",
    "repositoriesFailed": "repositories_failed",
    "tagsSeen": "tags_seen",
    "added": "added",
    "moved": "moved",
    "removed": "removed",
    "restored": "restored",
    "held": "held",
    "requestsSent": "requests_sent",
    "bytesRead": "bytes_read",
}


def as_json(run: SyncRun) -> dict[str, Any]:
    """``error`` is null, or code, message and hint; the counters are those of the run."""
    return {
        "run": run.pk,
        "registry": run.registry.name,
        "state": run.state,
        "counters": {name: getattr(run, column) for name, column in _COUNTERS.items()},
        "error": {"code": run.error_code, "message": run.error_message, "hint": run.error_hint}
        if run.error_code
        else None,
        "warnings": run.warnings,
        "failedRepositories": run.failed_repositories,
    }


def in_words(run: SyncRun) -> str:
    """One line for a run that went well, more for what a person should look at."""
    summary = (
        f"{run.registry.name}: run {run.pk} {run.state}: "
        f"repositories read: {run.repositories_read}, tags: {run.tags_seen}; "
        f"{run.added} added, {run.moved} moved, {run.removed} removed, "
        f"{run.restored} restored, {run.held} held; {run.requests_sent} requests"
    )
    lines = [summary]
    if run.error_code:
        lines += [f"  {run.error_message}", f"  First thing to check: {run.error_hint}"]
    lines += [f"  {warning['message']}. {warning['hint']}" for warning in run.warnings]
    lines += [
        f"  {failed['repository']} was not read: {failed['message']}"
        for failed in run.failed_repositories
    ]
    return "\n".join(lines)
