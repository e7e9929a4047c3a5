"""Every route that changes something writes one entry of the audit trail."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from harborguard.access.keys import create_key
from harborguard.access.models import AuditEntry, Role
from harborguard.access.permissions import ROUTES
from harborguard.access.routes import routes
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from tests.factories import SOMEBODY, make_dry_run, make_finished_run, make_registry, make_user
from tests.pages import hold_everything, observe

pytestmark = pytest.mark.django_db

OLD, NEW = "correct horse", "battery staple 7"
_URL = "https://new.example.com"
_NAME, _REALM = "held", "https://auth.example.com"
_CONNECTION = {"name": "new", "url": _URL, "provider": "distribution", "schedule": "weekly"}
_CHANGED = {**_CONNECTION, "username": "robot", "password": "new"}
_NEW_PASSWORDS = {"new_password1": NEW, "new_password2": NEW}

# What each route is sent, and what the trail tells of it.
SENT: Mapping[tuple[str, str], tuple[dict[str, Any], str]] = {
    ("login", "POST"): ({"username": "ada", "password": OLD}, "user.signed_in"),
    ("logout", "POST"): ({}, "user.signed_out"),
    ("admin-logout", "POST"): ({}, "user.signed_out"),
    ("password", "POST"): ({"old_password": OLD, **_NEW_PASSWORDS}, "user.password_changed"),
    ("keys", "POST"): ({"name": "new", "role": 20, "lifetime": ""}, "key.created"),
    ("key-revoke", "POST"): ({}, "key.revoked"),
    ("user-create", "POST"): ({"username": "new", "role": 20}, "user.created"),
    ("user-detail", "POST"): ({"role": 60, "is_active": "on"}, "user.changed"),
    ("user-password", "POST"): ({"password": NEW}, "user.password_changed"),
    ("user-delete", "POST"): ({}, "user.deleted"),
    ("registry-connect", "POST"): (_CONNECTION, "registry.connected"),
    ("registry-connect-test", "POST"): (_CONNECTION, "registry.tested"),
    ("registry-connect-preview", "POST"): (_CONNECTION, "registry.tested"),
    ("registry-edit", "POST"): (_CHANGED, "registry.changed"),
    ("registry-edit-test", "POST"): (_CHANGED, "registry.tested"),
    ("registry-edit-preview", "POST"): (_CHANGED, "registry.tested"),
    ("registry-settings", "POST"): ({"schedule": "weekly"}, "registry.changed"),
    ("registry-credential-remove", "POST"): ({}, "registry.changed"),
    ("registry-realm-remove", "POST"): ({"realm": _REALM}, "registry.changed"),
    ("registry-delete", "POST"): ({"name": _NAME}, "registry.deleted"),
    ("registry-sync", "POST"): ({}, "sync.requested"),
    ("registry-confirm-removals", "POST"): (
        {"seen": "1 2999-01-01T00:00:00+00:00"},
        "removals.confirmed",
    ),
    ("registry-test", "POST"): ({}, "registry.tested"),
    ("registry-trust", "POST"): ({"realm": "https://not.asked.for"}, "registry.tested"),
    ("registry-webhook-rotate", "POST"): ({}, "webhook.rotated"),
    ("registry-webhook-verification", "POST"): ({"verification": "url"}, "webhook.changed"),
    ("api:webhook-setup", "PATCH"): ({"verification": "url"}, "webhook.changed"),
    ("api:webhook-rotate", "POST"): ({}, "webhook.rotated"),
    ("api:keys", "POST"): ({"name": "new", "role": "viewer"}, "key.created"),
    ("api:key", "DELETE"): ({}, "key.revoked"),
    ("api:users", "POST"): ({"username": "new"}, "user.created"),
    ("api:user", "PATCH"): ({"role": "developer"}, "user.changed"),
    ("api:user", "DELETE"): ({}, "user.deleted"),
    ("api:registries", "POST"): ({"name": "new", "url": _URL}, "registry.connected"),
    ("api:registry", "PATCH"): ({"name": "new"}, "registry.changed"),
    ("api:registry", "DELETE"): ({}, "registry.deleted"),
    ("api:connection-test", "POST"): ({"url": "https://127.0.0.1:1"}, "registry.tested"),
    ("api:registry-test", "POST"): ({}, "registry.tested"),
    ("registry-dry-run", "POST"): ({}, "dry_run.requested"),
    ("dry-run-delete", "POST"): ({}, "dry_run.deleted"),
    ("dry-run-apply", "POST"): ({}, "registry.changed"),
    ("api:registry-dry-runs", "POST"): ({}, "dry_run.requested"),
    ("api:dry-run", "DELETE"): ({}, "dry_run.deleted"),
    ("api:registry-sync", "POST"): ({}, "sync.requested"),
    ("api:registry-confirm-removals", "POST"): ({}, "removals.confirmed"),
}
NOTHING_CHANGES = {
    *("admin:*", "api:nothing", "api:webhook", "theme"),
    *("registry-connect-fields", "registry-edit-fields"),
}


@pytest.fixture(autouse=True)
def nothing_is_dialled(settings: Settings) -> None:
    settings.REGISTRY_ALLOWED_NETWORKS = (ipaddress.ip_network("192.0.2.0/24"),)


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(make_user(Role.ADMIN, username="ada", password=OLD))
    return client


def told() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def registry_with_something_held() -> Registry:
    login = Login("robot", "secret")
    registry = make_registry(name=_NAME, login=login, trusted_realms=[_REALM])
    observe(registry, "team/app", {"v1": 1}, run_id=make_finished_run(registry).pk)
    hold_everything(registry)
    return registry


def address_of(name: str) -> str:
    [path] = [route.path for route in routes() if route.name == name]
    rows = {
        "registries": registry_with_something_held().pk,
        "keys": create_key(make_user(), "a key", Role.VIEWER, by=SOMEBODY)[0].pk,
        "users": make_user().pk,
        "dry-runs": make_dry_run(make_registry(), schedule="weekly").pk,
    }
    first = path.removeprefix("/api").split("/")[1]
    return re.sub(r"\{\w+\}", lambda _: str(rows[first]), path)


def test_what_every_changing_route_is_sent_is_known_here() -> None:
    # What a registry tells at its webhook is nobody's deed: it is kept as a delivery. A theme is
    # kept by one's own browser alone; a form's fields are shown by POST, as a secret may be typed.
    changing = {
        (name, method)
        for name, rules in ROUTES.items()
        for method in rules
        if method != "GET" and name not in NOTHING_CHANGES
    }

    assert changing == set(SENT)


@pytest.mark.parametrize(("name", "method"), SENT)
def test_a_route_that_changes_something_tells_it_once(
    browser: Client, name: str, method: str
) -> None:
    if name == "login":
        browser.logout()
    address, (sent, action) = address_of(name), SENT[name, method]
    before = len(told())

    if name.startswith("api:"):
        answer = browser.generic(method, address, json.dumps(sent), "application/json")
    else:
        answer = browser.post(address, sent)

    assert answer.status_code < 400
    assert told()[before:] == [action]
