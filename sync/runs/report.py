"""A run in words and in JSON, for commands; dry runs share what they have in common with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harborguard.api.naming import camel
from sync.models import SyncRun

_COUNTERS = (
    "repositories_listed",
    "repositories_read",
    "repositories_failed",
    "tags_seen",
    "added",
    "moved",
    "removed",
    "restored",
    "held",
    "requests_sent",
    "bytes_read",
)


def as_json(run: SyncRun) -> dict[str, Any]:
    return {
        "run": run.pk,
        "registry": run.registry.name,
        "state": run.state,
        "counters": {camel(name): getattr(run, name) for name in _COUNTERS},
        "error": {"code": run.error_code, "message": run.error_message, "hint": run.error_hint}
        if run.error_code
        else None,
        "warnings": run.warnings,
        "failedRepositories": run.failed_repositories,
    }


def in_words(run: SyncRun) -> str:
    """Return one line for a run that succeeded, and one more for each problem."""
    summary = (
        f"{run.registry.name}: run {run.pk} {run.state}: "
        f"{amount_read(run.repositories_read, run.tags_seen)} read; "
        f"{run.added} added, {run.moved} moved, {run.removed} removed, "
        f"{run.restored} restored, {run.held} held for review; {run.requests_sent} requests"
    )
    error = (run.error_message, run.error_hint) if run.error_code else None
    return "\n".join([summary, *problem_lines(error, run.warnings, run.failed_repositories)])


def amount_read(repositories: int, tags: int) -> str:
    """Return "1 repository and 2 tags"."""
    noun = "repository" if repositories == 1 else "repositories"
    return f"{repositories:,} {noun} and {tags:,} tag{'' if tags == 1 else 's'}"


def problem_lines(
    error: tuple[str, str] | None,
    warnings: Iterable[Mapping[str, str]],
    failed_repositories: Iterable[Mapping[str, str]],
) -> list[str]:
    """Return the error (message, hint), the warnings and the failed repositories as lines."""
    lines = []
    if error is not None:
        message, hint = error
        lines += [f"  {message}", f"  What to do: {hint}"]
    lines += [f"  {warning['message']}. {warning['hint']}" for warning in warnings]
    lines += [
        f"  {failed['repository']} was not read: {failed['message']}"
        for failed in failed_repositories
    ]
    return lines
