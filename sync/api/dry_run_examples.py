"""Examples of dry runs for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

from harborguard.api.problems import CONTENT_TYPE, basics

_DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_COUNTS = dict.fromkeys(
    (
        *("added", "moved", "removed", "gone", "filtered", "restored", "held", "released"),
        *("repositoriesAdded", "repositoriesRestored", "repositoriesRetired"),
    ),
    0,
)
_PROGRESS: dict[str, Any] = {
    "phase": "waiting",
    "repositoriesListed": 0,
    "repositoriesRead": 0,
    "repositoriesFailed": 0,
    "tagsSeen": 0,
    "requestsSent": 0,
    "bytesRead": 0,
}
_QUEUED: dict[str, Any] = {
    "id": 12,
    "registryId": 7,
    "registry": "production",
    "requestedBy": "ada",
    "state": "queued",
    "queuedAt": "2026-03-02T08:00:00Z",
    "startedAt": None,
    "finishedAt": None,
    "proposedFields": ["tagFilters.exclude"],
    "proposal": [
        {"field": "tagFilters.exclude", "current": ["*-rc*"], "proposed": ["*-rc*", "nightly-*"]}
    ],
    "progress": _PROGRESS,
    "changes": _COUNTS,
    "listedChanges": 0,
    "dueBefore": None,
    "dueAfter": None,
    "error": None,
    "warnings": [],
    "failedRepositories": [],
}
_DRY_RUN = {
    **_QUEUED,
    "state": "succeeded",
    "startedAt": "2026-03-02T08:00:01Z",
    "finishedAt": "2026-03-02T08:00:09Z",
    "progress": {
        **_PROGRESS,
        "phase": "done",
        "repositoriesListed": 200,
        "repositoriesRead": 200,
        "tagsSeen": 2300,
        "requestsSent": 205,
        "bytesRead": 81920,
    },
    "changes": {**_COUNTS, "added": 2, "removed": 98, "filtered": 98},
    "listedChanges": 100,
    "dueBefore": "2026-03-02T20:02:11Z",
    "dueAfter": "2026-03-02T20:02:11Z",
}


def _answer(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


PROPOSAL = OpenApiExample(
    "Without nightly builds",
    value={"tagFilters": {"exclude": ["*-rc*", "nightly-*"]}},
    request_only=True,
)
QUEUED = _answer("Queued", _QUEUED, 202)
_DETAILS = ("proposal", "warnings", "failedRepositories")
DRY_RUN_SUMMARY = _answer(
    "A finished dry run",
    {name: value for name, value in _DRY_RUN.items() if name not in _DETAILS},
)
DRY_RUN = _answer("Excluding nightly builds", _DRY_RUN)
CHANGE = _answer(
    "A tag outside the filters",
    {
        "id": 3341,
        "kind": "removed",
        "repository": "team/app",
        "tag": "nightly-2026-02-01",
        "oldDigest": _DIGEST,
        "newDigest": None,
        "reason": "filtered",
    },
)
_IN_PROGRESS = "A dry run of production is in progress (dry run 12)."
DRY_RUN_IN_PROGRESS = OpenApiExample(
    "dry_run_in_progress",
    summary=_IN_PROGRESS,
    value={
        **basics(409, "dry_run_in_progress", _IN_PROGRESS, "5f0c3a7e9d2b4c61"),
        "dryRunId": 12,
    },
    response_only=True,
    status_codes=["409"],
    media_type=CONTENT_TYPE,
)
