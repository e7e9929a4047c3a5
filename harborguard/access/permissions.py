"""Who may do what: the one table of every route, page, fragment and admin view.

A route without an entry, and a method that its entry does not name, are refused. Pages are
guarded by ``middleware.RoleMiddleware``, the API by ``RolePermission``; both read this table.
``docs/permissions.md`` is written from it, by ``manage.py permissions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harborguard.access.models import Role


@dataclass(frozen=True, slots=True)
class Rule:
    """The least role that may; None lets everybody in. ``limit`` names one of ``limits``.

    ``note`` says what a route asks for beside its role.
    """

    role: Role | None
    limit: str = ""
    note: str = ""


EVERYBODY = Rule(None)
VIEWER = Rule(Role.VIEWER)
DEVELOPER = Rule(Role.DEVELOPER)
ADMIN = Rule(Role.ADMIN)

_READ = {"GET": VIEWER}
_SYNC = Rule(Role.DEVELOPER, limit="sync")
_OTHER_SETTINGS = "with other settings: an admin"
_TRY = Rule(Role.DEVELOPER, limit="sync", note=_OTHER_SETTINGS)
_TEST = Rule(Role.DEVELOPER, limit="test-connection")
_TEST_AS_ADMIN = Rule(Role.ADMIN, limit="test-connection")
# A button's address, when it is opened as a link, leads back to the page that has the button.
_LEADS_BACK = {"GET": VIEWER}
# Of Django's admin every view, with every method that it takes.
_ADMIN_PAGES = {"GET": ADMIN, "POST": ADMIN}
_WHOSE_KEYS = "an admin any; else a session one's own, a key itself"

ROUTES: Mapping[str, Mapping[str, Rule]] = {
    # What runs the product
    "healthz": {"GET": EVERYBODY},
    "readyz": {"GET": EVERYBODY},
    "metrics": {
        "GET": Rule(None, note="a listed address, or a key of a viewer (HARBORGUARD_METRICS_*)")
    },
    # People
    "login": {
        "GET": EVERYBODY,
        "POST": Rule(None, note="failed attempts are limited by account and by address"),
    },
    "logout": {"POST": EVERYBODY},
    # In the place of the admin's own, so that there is one door.
    "admin-login": {"GET": ADMIN},
    "admin-logout": {"POST": EVERYBODY},
    "admin-password": {"GET": ADMIN},
    "password": {
        "GET": VIEWER,
        "POST": Rule(Role.VIEWER, note="a wrong old password counts as a failed sign-in"),
    },
    "keys": {"GET": VIEWER, "POST": Rule(Role.VIEWER, "keys", note="a role up to one's own")},
    "key-revoke": {**_LEADS_BACK, "POST": Rule(Role.VIEWER, note="one's own; an admin any")},
    "profile": {"GET": VIEWER},
    "theme": {"POST": Rule(None, note="a cookie of one's own browser")},
    "users": {"GET": ADMIN},
    "user-create": {"GET": ADMIN, "POST": ADMIN},
    "user-detail": {"GET": ADMIN, "POST": ADMIN},
    "user-password": {"GET": ADMIN, "POST": ADMIN},
    "user-delete": {"GET": ADMIN, "POST": ADMIN},
    "audit": {"GET": ADMIN},
    "admin:*": _ADMIN_PAGES,
    # Pages and fragments
    "overview": _READ,
    "registry-list": _READ,
    "inventory": _READ,
    "inventory-csv": _READ,
    "inventory-json": _READ,
    "changes": _READ,
    "changes-csv": _READ,
    "changes-json": _READ,
    "registry-detail": _READ,
    "registry-status": _READ,
    "registry-changes": _READ,
    "registry-connect": {"GET": ADMIN, "POST": ADMIN},
    "registry-connect-fields": {"GET": ADMIN, "POST": ADMIN},
    "registry-connect-test": {"GET": ADMIN, "POST": _TEST_AS_ADMIN},
    "registry-connect-preview": {"GET": ADMIN, "POST": _TEST_AS_ADMIN},
    "registry-edit": {"GET": ADMIN, "POST": ADMIN},
    "registry-edit-fields": {"GET": ADMIN, "POST": ADMIN},
    "registry-edit-test": {"GET": ADMIN, "POST": _TEST_AS_ADMIN},
    "registry-edit-preview": {"GET": ADMIN, "POST": _TEST_AS_ADMIN},
    "registry-settings": {"GET": ADMIN, "POST": ADMIN},
    "registry-delete": {"GET": ADMIN, "POST": ADMIN},
    "registry-credential-remove": {**_LEADS_BACK, "POST": ADMIN},
    "registry-realm-remove": {**_LEADS_BACK, "POST": ADMIN},
    "registry-held": _READ,
    "registry-sync": {**_LEADS_BACK, "POST": _SYNC},
    "registry-confirm-removals": {**_LEADS_BACK, "POST": _SYNC},
    "registry-test": {**_LEADS_BACK, "POST": _TEST},
    "registry-trust": {**_LEADS_BACK, "POST": _TEST_AS_ADMIN},
    "registry-webhook-rotate": {**_LEADS_BACK, "POST": ADMIN},
    "registry-webhook-verification": {**_LEADS_BACK, "POST": ADMIN},
    "delivery-list": _READ,
    "registry-dry-run": {"GET": DEVELOPER, "POST": _TRY},
    "dry-run-list": {"GET": Rule(Role.VIEWER, note=_OTHER_SETTINGS)},
    "dry-run": {"GET": Rule(Role.VIEWER, note=_OTHER_SETTINGS)},
    "dry-run-delete": {**_LEADS_BACK, "POST": Rule(Role.DEVELOPER, note=_OTHER_SETTINGS)},
    "dry-run-apply": {**_LEADS_BACK, "POST": ADMIN},
    "run-list": _READ,
    "run-detail": _READ,
    "repository-detail": _READ,
    "repository-csv": _READ,
    "repository-json": _READ,
    "image-detail": _READ,
    # The API
    "api": {"GET": Rule(None, note="leads to /api/docs")},
    "api:openapi": {"GET": EVERYBODY},
    "api:docs": {"GET": EVERYBODY},
    "api:me": _READ,
    "api:keys": {
        "GET": Rule(Role.VIEWER, note=_WHOSE_KEYS),
        "POST": Rule(Role.ADMIN, limit="keys"),
    },
    "api:key": dict.fromkeys(("GET", "DELETE"), Rule(Role.VIEWER, note=_WHOSE_KEYS)),
    "api:users": {"GET": ADMIN, "POST": ADMIN},
    "api:user": {"GET": ADMIN, "PATCH": ADMIN, "DELETE": ADMIN},
    "api:audit": {"GET": ADMIN},
    "api:audit-entry": {"GET": ADMIN},
    "api:providers": _READ,
    "api:provider": _READ,
    "api:registries": {"GET": VIEWER, "POST": ADMIN},
    "api:registry": {"GET": VIEWER, "PATCH": ADMIN, "DELETE": ADMIN},
    "api:connection-test": {"POST": _TEST_AS_ADMIN},
    "api:registry-test": {"POST": _TEST},
    "api:registry-sync": {"POST": _SYNC},
    "api:registry-confirm-removals": {"POST": _SYNC},
    "api:webhook-setup": {"GET": DEVELOPER, "PATCH": ADMIN},
    "api:webhook-rotate": {"POST": ADMIN},
    "api:deliveries": _READ,
    "api:registry-runs": _READ,
    "api:registry-events": _READ,
    # No limit either: a stranger costs one look for a row, a registry may tell of much at once.
    "api:webhook": {"POST": Rule(None, note="whoever knows the registry's secret address")},
    "api:registry-dry-runs": {"GET": Rule(Role.VIEWER, note=_OTHER_SETTINGS), "POST": _TRY},
    "api:dry-run": {
        "GET": Rule(Role.VIEWER, note=_OTHER_SETTINGS),
        "DELETE": Rule(Role.DEVELOPER, note=_OTHER_SETTINGS),
    },
    "api:dry-run-changes": {"GET": Rule(Role.VIEWER, note=_OTHER_SETTINGS)},
    "api:runs": _READ,
    "api:run": _READ,
    "api:repositories": _READ,
    "api:repository": _READ,
    "api:images": _READ,
    "api:image": _READ,
    "api:image-history": _READ,
    "api:events": _READ,
    # Whatever else begins with /api/: a stranger does not learn what is there.
    "api:nothing": dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), VIEWER),
}


def rules_of(view_name: str) -> Mapping[str, Rule] | None:
    """The rules of a route by method, or None where it has no entry."""
    namespace, colon, _ = view_name.partition(":")
    return ROUTES.get(view_name) or (ROUTES.get(f"{namespace}:*") if colon else None)


def is_for_everybody(view_name: str) -> bool:
    """Whether a route asks nobody who they are: they may know what it does not do, too."""
    rules = rules_of(view_name)
    return rules is not None and all(rule.role is None for rule in rules.values())


def rule_for(view_name: str, method: str) -> Rule | None:
    """The rule of a route for a method; HEAD is a GET. None: there is none, so it is refused."""
    rules = rules_of(view_name) or {}
    return rules.get("GET" if method == "HEAD" else method)
