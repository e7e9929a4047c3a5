"""Examples and headers for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from harborguard.api.problems import CONTENT_TYPE, basics
from registries.errors import AuthenticationFailed

LOCATION = OpenApiParameter(
    "Location",
    str,
    OpenApiParameter.HEADER,
    required=True,
    response=[201, 202],
    description="Path of the registry, run or dry run.",
)
_RUN = {
    "id": 4711,
    "registryId": 7,
    "registry": "production",
    "trigger": "manual",
    "requestedBy": "ada",
    "state": "running",
    "attempt": 1,
    "queuedAt": "2026-03-02T08:00:00Z",
    "startedAt": "2026-03-02T08:00:01Z",
    "finishedAt": None,
    "progress": {
        "phase": "tags",
        "repositoriesListed": 200,
        "repositoriesRead": 120,
        "repositoriesFailed": 0,
        "tagsSeen": 1532,
        "requestsSent": 1653,
        "bytesRead": 81920,
    },
    "changes": {"added": 12, "moved": 3, "removed": 0, "restored": 0, "held": 0},
    "error": None,
}
_MESSAGE = "Authentication failed: registry.example.com rejected the credentials"
_ERROR = {"code": AuthenticationFailed.code, "hint": AuthenticationFailed.hint}
_FAILED = {
    **_RUN,
    "state": "failed",
    "finishedAt": "2026-03-02T08:00:02Z",
    "error": {**_ERROR, "message": _MESSAGE},
}
_SUMMARY = {
    "id": 7,
    "name": "production",
    "url": "https://registry.example.com",
    "provider": "distribution",
    "insecure": False,
    "options": {},
    "trustedRealms": [],
    "schedule": "daily",
    "tagFilters": {"include": ["*"], "exclude": ["*-rc*"]},
    "repositoryFilters": {"include": ["team/*"], "exclude": []},
    "credential": {"username": "robot", "changedAt": "2026-03-01T09:30:00Z"},
    "status": "SYNCING",
    "health": 95,
    "lastSyncAt": "2026-03-01T08:02:11Z",
    "lastAttemptAt": "2026-03-02T08:00:01Z",
    "nextSyncAt": "2026-03-02T08:02:11Z",
    "consecutiveFailures": 0,
    "lastError": None,
    "repositoryCount": 200,
    "imageCount": 2400,
    "heldRemovals": 0,
    "lastPushAt": "2026-03-02T07:58:40Z",
    "webhookSilent": False,
    "currentRun": _RUN,
    "createdAt": "2026-02-20T10:00:00Z",
}
_WEBHOOK_URL = "https://harborguard.example.com/api/webhooks/distribution/the-secret-token"
_REGISTRY = {
    **_SUMMARY,
    "webhookUrl": _WEBHOOK_URL,
    "caPem": "",
    "knownRepositories": [],
    "rateLimit": None,
}
_LOGIN = {"username": "robot", "secret": "the token that the registry gave"}
_NEW = {
    "name": "production",
    "url": "https://registry.example.com",
    "schedule": "daily",
    "tagFilters": {"exclude": ["*-rc*"]},
    "repositoryFilters": {"include": ["team/*"]},
    "credential": _LOGIN,
}


def _answer(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def _request(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _problem(status: int, code: str, detail: str, **members: Any) -> OpenApiExample:
    return OpenApiExample(
        code,
        summary=detail,
        value={**basics(status, code, detail, "5f0c3a7e9d2b4c61"), **members},
        response_only=True,
        status_codes=[str(status)],
        media_type=CONTENT_TYPE,
    )


def _stage(stage: str, outcome: str, detail: str = "", **members: str) -> dict[str, str | None]:
    absent = {"code": None, "hint": None, "untrustedRealm": None}
    return {"stage": stage, "outcome": outcome, "detail": detail, **absent, **members}


REGISTRY_SUMMARY = _answer("A registry during a sync", _SUMMARY)
REGISTRY = _answer("A registry during a sync", _REGISTRY)
CONNECTED = _answer("A registry whose first sync is running", _REGISTRY, 201)
NEW_REGISTRY = _request("With credentials and filters", _NEW)
CHANGE = _request(
    "New credentials, and no excluded tags", {"tagFilters": {"exclude": []}, "credential": _LOGIN}
)
UNSAVED = _request("Without a name", {"url": _NEW["url"], "credential": _LOGIN})
TESTED = _answer(
    "Wrong password",
    {
        "ok": False,
        "stages": [
            _stage("address", "ok", "registry.example.com answers"),
            _stage("tls", "ok", "certificate trusted"),
            _stage("api", "ok", "speaks the registry API"),
            _stage("credentials", "failed", _MESSAGE, **_ERROR),
            _stage("catalog", "not_reached"),
            _stage("tags", "not_reached"),
        ],
    },
)
RUN_SUMMARY = _answer("A run that failed", _FAILED)
RUN = _answer("A run that failed", {**_FAILED, "warnings": [], "failedRepositories": []})
WEBHOOK = _answer(
    "Of a plain registry",
    {
        "url": _WEBHOOK_URL,
        "secret": "the shared secret",
        "verification": "authorization",
        "choices": [
            {
                "slug": "authorization",
                "name": "Authorization header",
                "steps": [f"url: {_WEBHOOK_URL}", "Authorization: [Bearer the shared secret]"],
                "needs": [],
            },
            {
                "slug": "url",
                "name": "The secret address alone",
                "steps": [f"url: {_WEBHOOK_URL}"],
                "needs": [],
            },
        ],
        "previousValidUntil": None,
        "lastReceivedAt": "2026-03-02T07:58:40Z",
    },
)
VERIFICATION = _request("No proof but the address", {"verification": "url"})
DELIVERY = _answer(
    "A push that was followed",
    {
        "id": 118,
        "receivedAt": "2026-03-02T07:58:40Z",
        "deliveryId": "320678d8-ca14-430f-8bb6-4ca139cd83f7",
        "event": "push",
        "verdict": "accepted",
        "detail": "",
        "named": [{"repository": "team/app", "tag": "v2", "action": "pushed"}],
        "runId": 4710,
    },
)
STARTED = _answer("Queued", {"success": True, "message": "Sync started"}, 202)
CONFIRMED = _answer(
    "Queued",
    {
        "success": True,
        "message": "Sync started to check 40 held images again and remove those still missing",
    },
    202,
)
SYNC_IN_PROGRESS = _problem(
    409,
    "sync_in_progress",
    "A sync of production is in progress (run 4711).",
    runId=4711,
)
NOTHING_HELD = _problem(409, "nothing_held", "production has no removals held for review.")
CREDENTIAL_NEEDED = _problem(
    409,
    "credential_needed",
    "The stored credentials belong to the current registry. Send credentials for the new one, "
    "or null to connect anonymously.",
)
BUSY = _problem(503, "busy", "Other connection tests are under way. Try again in a moment.")
