"""A dry run in words and in JSON, for commands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from harborguard.api.naming import camel
from registries.errors import RegistryError
from sync.dry_runs.attempt import DryRunAttempt, TagChange
from sync.models import DryRunChange
from sync.runs.report import amount_read, problem_lines

Kind = DryRunChange.Kind

_MARKS = {
    Kind.ADDED: "+",
    Kind.RESTORED: "+",
    Kind.MOVED: "~",
    Kind.RELEASED: "=",
    Kind.REMOVED: "-",
    Kind.HELD: "!",
}
_NOTES = {
    Kind.RESTORED: "restored",
    Kind.RELEASED: "no longer held",
    Kind.HELD: "held for review",
}


def line_of(change: TagChange) -> str:
    """Return one tag as a line: ``+ team/app:v1 sha256:…``."""
    moved = change.kind == Kind.MOVED
    digests = f"{change.old} -> {change.new}" if moved else change.new or change.old
    line = f"{_MARKS[change.kind]} {change.key.repository}:{change.key.tag} {digests}"
    note = change.reason or _NOTES.get(change.kind)
    return f"{line} ({note})" if note else line


def object_of(change: TagChange, registry: str) -> dict[str, Any]:
    return {
        "registry": registry,
        "kind": change.kind,
        "repository": change.key.repository,
        "tag": change.key.tag,
        "oldDigest": change.old or None,
        "newDigest": change.new or None,
        "reason": change.reason or None,
    }


def in_words(attempt: DryRunAttempt, error: RegistryError | None) -> str:
    """Return one line for what a sync would do, and one more for each problem."""
    counts, progress, comparison = attempt.counts, attempt.progress, attempt.comparison
    outcome = "failed after finding" if error else "succeeded; a sync would make these changes"
    summary = (
        f"{attempt.registry.name}: dry run {outcome}: "
        f"{counts.added} added, {counts.moved} moved, {counts.gone + counts.filtered} removed "
        f"({counts.gone} gone, {counts.filtered} filtered), {counts.restored} restored, "
        f"{counts.held} held for review; "
        f"{amount_read(progress.repositories_read, progress.tags_seen)} read with "
        f"{progress.requests_sent} requests; nothing was written"
    )
    problem = (str(error), error.hint) if error else None
    problems = problem_lines(problem, comparison.warnings, comparison.failed_repositories)
    return "\n".join([summary, *problems])


def summary_of(attempt: DryRunAttempt, error: RegistryError | None) -> dict[str, Any]:
    counters = asdict(attempt.progress) | asdict(attempt.counts)
    return {
        "registry": attempt.registry.name,
        "dryRun": True,
        "counters": {camel(name): count for name, count in counters.items() if name != "phase"},
        "error": {"code": error.code, "message": str(error), "hint": error.hint} if error else None,
        "warnings": attempt.comparison.warnings,
        "failedRepositories": attempt.comparison.failed_repositories,
    }
