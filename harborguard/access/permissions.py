"""The permissions table of every route, page, fragment and admin view.

Routes without an entry, and methods that an entry does not name, are refused.
``middleware.RoleMiddleware`` guards pages, ``RolePermission`` the API; both read this table.
``manage.py permissions`` writes ``docs/permissions.md`` from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harborguard.access.models import Role


@dataclass(frozen=True, slots=True)
class Rule:
    """The lowest role allowed; None allows everybody. ``limit`` names one of ``limits``.

    ``note`` says what a route requires besides the role.
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
_OTHER_SETTINGS = "with proposed settings: an admin"
_TRY = Rule(Role.DEVELOPER, limit="sync", note=_OTHER_SETTINGS)
_TEST = Rule(Role.DEVELOPER, limit="test-connection")
_TEST_AS_ADMIN = Rule(Role.ADMIN, limit="test-connection")
# The URL of a button, opened as a link, redirects to the page with the button.
_LEADS_BACK = {"GET": VIEWER}
# Every view of Django's admin site, with every method it accepts.
_ADMIN_PAGES = {"GET": ADMIN, "POST": ADMIN}
_WHOSE_KEYS = "an admin: any key; otherwise a session: the user's own, a key: itself"

ROUTES: Mapping[str, Mapping[str, Rule]] = {
    # Infrastructure
    "healthz": {"GET": EVERYBODY},
    "readyz": {"GET": EVERYBODY},
    "metrics": {
        "GET": Rule(None, note="an allowed address, or a key of a viewer (HARBORGUARD_METRICS_*)")
    },
    # Users
    "login": {
        "GET": EVERYBODY,
        "POST": Rule(None, note="failed attempts are limited per account and per address"),
    },
    "logout": {"POST": EVERYBODY},
    # Instead of the admin site's own, so that there is one way to sign in.
    "admin-login": {"GET": ADMIN},
    "admin-logout": {"POST": EVERYBODY},
    "admin-password": {"GET": ADMIN},
    "password": {
        "GET": VIEWER,
        "POST": Rule(Role.VIEWER, note="a wrong old password counts as a failed sign-in"),
    },
    "keys": {"GET": VIEWER, "POST": Rule(Role.VIEWER, "keys", note="a role up to one's own")},
    "key-revoke": {**_LEADS_BACK, "POST": Rule(Role.VIEWER, note="one's own; admins any")},
    "profile": {"GET": VIEWER},
    "help-index": _READ,
    "help": _READ,
    "theme": {"POST": Rule(None, note="a cookie of the browser")},
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
    "api": {"GET": Rule(None, note="redirects to /api/docs")},
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
    # No limit either: an unknown caller costs one lookup, and a registry may send many deliveries
    # at once.
    "api:webhook": {"POST": Rule(None, note="requires the webhook's secret URL")},
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
    # Everything else under /api/: anonymous callers do not learn what exists.
    "api:nothing": dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), VIEWER),
}


def rules_of(view_name: str) -> Mapping[str, Rule] | None:
    """Return the rules of a route by method, or None where it has no entry."""
    namespace, colon, _ = view_name.partition(":")
    return ROUTES.get(view_name) or (ROUTES.get(f"{namespace}:*") if colon else None)


def is_for_everybody(view_name: str) -> bool:
    """Return whether a route is public: then anybody may learn which methods it lacks."""
    rules = rules_of(view_name)
    return rules is not None and all(rule.role is None for rule in rules.values())


def rule_for(view_name: str, method: str) -> Rule | None:
    """Return the rule of a route for a method (HEAD counts as GET), or None where it is refused."""
    rules = rules_of(view_name) or {}
    return rules.get("GET" if method == "HEAD" else method)
