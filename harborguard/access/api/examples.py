"""Requests and responses of the OpenAPI document."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

from harborguard.api.problems import CONTENT_TYPE, basics

_KEY = {
    "id": 12,
    "name": "nightly report",
    "role": "viewer",
    "user": "ada",
    "prefix": "hg_3f9c20b1a7d5",
    "status": "active",
    "createdAt": "2026-03-02T08:00:00Z",
    "expiresAt": "2026-12-31T00:00:00Z",
    "lastUsedAt": None,
    "revokedAt": None,
}
_USER = {
    "id": 3,
    "username": "ada",
    "role": "developer",
    "isActive": True,
    "email": "ada@example.com",
    "hasPassword": True,
    "createdAt": "2026-03-01T12:00:00Z",
    "lastSignedInAt": None,
}
KEY = OpenApiExample("A key", value=_KEY, response_only=True)
NEW_KEY = OpenApiExample(
    "A key for reading",
    value={"name": "nightly report", "role": "viewer", "expiresAt": "2026-12-31T00:00:00Z"},
    request_only=True,
)
CREATED_KEY = OpenApiExample(
    "The key, shown once", value={**_KEY, "key": "hg_3f9c20b1a7d5…"}, response_only=True
)
ME = OpenApiExample(
    "A script with the role developer",
    value={
        "id": 3,
        "username": "ada",
        "role": "developer",
        "effectiveRole": "viewer",
        "key": {**_KEY, "lastUsedAt": "2026-03-02T08:00:00Z"},
    },
    response_only=True,
)
USER = OpenApiExample("A user", value=_USER, response_only=True)
USER_SENT = OpenApiExample(
    "A developer",
    value={"username": "ada", "role": "developer", "email": "ada@example.com"},
    request_only=True,
)
AUDIT_ENTRY = OpenApiExample(
    "A changed schedule",
    value={
        "id": 5012,
        "at": "2026-03-02T08:00:00Z",
        "action": "registry.changed",
        "actor": "ada",
        "userId": 3,
        "keyId": 12,
        "keyName": "nightly report",
        "address": "192.0.2.7",
        "requestId": "5f0c3a7e9d2b4c61",
        "objectType": "registry",
        "objectId": 7,
        "objectName": "production",
        "changes": {"schedule": {"from": "daily", "to": "weekly"}},
    },
    response_only=True,
)
LAST_ADMIN = OpenApiExample(
    "Last admin",
    value=basics(409, "last_admin", "No other account could sign in as admin.", "5f0c3a7e9d2b4c61"),
    response_only=True,
    media_type=CONTENT_TYPE,
    status_codes=["409"],
)
