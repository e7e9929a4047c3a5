"""A dry run in words and in JSON, for commands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from harborguard.api.naming import camel
from registries.errors import RegistryError
from sync.enumeration.rehearsal import Difference, Rehearsal
from sync.models import DryRunChange

Kind = DryRunChange.Kind

_MARKS = {
    Kind.ADDED: "+",
    Kind.RESTORED: "+",
    Kind.MOVED: "~",
    Kind.RELEASED: "=",
    Kind.REMOVED: "-",
    Kind.HELD: "!",
}


def line_of(one: Difference) -> str:
    """One tag: ``+ team/app:v1 sha256:…``."""
    digests = f"{one.old} -> {one.new}" if one.kind == Kind.MOVED else one.new or one.old
    told = {Kind.RESTORED: "restored", Kind.RELEASED: "no longer held", Kind.HELD: "held"}
    line = f"{_MARKS[one.kind]} {one.key.repository}:{one.key.tag} {digests}"
    why = one.reason or told.get(one.kind)
    return f"{line} ({why})" if why else line


def object_of(one: Difference, registry: str) -> dict[str, Any]:
    return {
        "registry": registry,
        "kind": one.kind,
        "repository": one.key.repository,
        "tag": one.key.tag,
        "oldDigest": one.old or None,
        "newDigest": one.new or None,
        "reason": one.reason or None,
    }


def in_words(rehearsal: Rehearsal, error: RegistryError | None) -> str:
    """A line for what would be done, more for what a person should look at."""
    counts, progress = rehearsal.counts, rehearsal.progress
    how = "failed; it found" if error else "done; a sync would do this"
    summary = (
        f"{rehearsal.registry.name}: dry run {how}: "
        f"repositories read: {progress.repositories_read}, tags: {progress.tags_seen}; "
        f"{counts.added} added, {counts.moved} moved, {counts.gone + counts.filtered} removed "
        f"({counts.gone} gone, {counts.filtered} filtered), {counts.restored} restored, "
        f"{counts.held} held; {progress.requests_sent} requests; nothing was written"
    )
    lines = [summary]
    if error is not None:
        lines += [f"  {error}", f"  First thing to check: {error.hint}"]
    lines += [f"  {warning['message']}. {warning['hint']}" for warning in rehearsal.warnings]
    lines += [
        f"  {failed['repository']} was not read: {failed['message']}"
        for failed in rehearsal.failed_repositories
    ]
    return "\n".join(lines)


def summary_of(rehearsal: Rehearsal, error: RegistryError | None) -> dict[str, Any]:
    told = {"code": error.code, "message": str(error), "hint": error.hint} if error else None
    counted = asdict(rehearsal.progress) | asdict(rehearsal.counts)
    return {
        "registry": rehearsal.registry.name,
        "dryRun": True,
        "counters": {camel(name): count for name, count in counted.items() if name != "phase"},
        "error": told,
        "warnings": rehearsal.warnings,
        "failedRepositories": rehearsal.failed_repositories,
    }
