"""URLs of the measured pages, for existing rows picked with a fixed random seed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from benchmarks.scenarios import sample
from harborguard.access.models import AuditEntry, User
from harborguard.access.permissions import ROUTES
from harborguard.web.help import page_names
from inventory.kind import Kind
from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry, Status
from sync.models import DryRun, SyncRun

# Routes that redirect to another page.
_NO_PAGES = frozenset(
    {
        *("api", "logout", "admin-login", "admin-logout", "admin-password", "key-revoke", "theme"),
        "user-password",
        *("registry-changes", "registry-connect-fields", "registry-edit-fields"),
        *("registry-sync", "registry-confirm-removals", "registry-trust"),
        *("registry-webhook-rotate", "registry-webhook-verification"),
        *("registry-credential-remove", "registry-distrust", "registry-realm-remove"),
        *("dry-run-delete", "dry-run-apply"),
        # These wait for a registry.
        *("registry-test", "registry-connect-test", "registry-edit-test"),
        *("registry-connect-preview", "registry-edit-preview"),
        # These stream files of any length.
        *("inventory-csv", "inventory-json", "repository-csv", "repository-json"),
        *("changes-csv", "changes-json"),
        # These are for machines.
        *("healthz", "readyz", "metrics"),
    }
)
_REGISTRY_QUERIES: tuple[dict[str, Any], ...] = (
    *({"page": page} for page in range(2, 20)),
    *({"q": word} for word in ("pay", "mirror", "nobody")),
    *({"status": status} for status in Status.values),
    *({"sort": sort} for sort in ("status", "health", "-images", "-last", "next")),
    *({"needs": need} for need in ("anything", "held")),
)
_SEARCHED = ("nginx", "team-7/", "v1.2", "latest", "sha256:0a", "zzz-nobody-has-this", "a")


def page_scenarios() -> dict[str, list[str]]:
    """Return paths to request in turn, by scenario.

    Raise SystemExit if a page has no scenario, since it would never be measured.
    """
    found = _scenarios()
    pages = {name for name in ROUTES if ":" not in name} - _NO_PAGES
    if missing := sorted(pages - {name.partition(" ")[0] for name in found}):
        raise SystemExit(
            f"Add scenarios to benchmarks/page_scenarios.py for these pages: {missing}"
        )
    return found


def _scenarios() -> dict[str, list[str]]:
    return {**_user_pages(), **_registry_pages(), **_inventory_pages()}


def _user_pages() -> dict[str, list[str]]:
    people = User.objects.filter(username__startswith="person-")
    users = list(people.values_list("pk", flat=True))
    alone = ("login", "profile", "password", "keys", "users", "user-create", "audit", "help-index")
    return {
        **{name: [reverse(name)] for name in alone},
        "help": [reverse("help", args=[name]) for name in page_names()],
        "audit (deep)": _queries("audit", ({"before": pk} for pk in sample(AuditEntry, "pk"))),
        **{name: _of(name, users) for name in ("user-detail", "user-delete")},
    }


def _registry_pages() -> dict[str, list[str]]:
    registries, runs = sample(Registry, "pk"), sample(SyncRun, "pk")
    dry_runs = sample(DryRun, "pk")
    (largest,) = Registry.objects.order_by("-image_count").values_list("pk", flat=True)[:1]
    routes = (
        *("registry-detail", "registry-status", "registry-edit", "registry-settings"),
        *("registry-held", "registry-delete", "registry-dry-run", "delivery-list", "run-list"),
        "dry-run-list",
    )
    ways = [{"sort": sort} for sort in ("name", "-name", "seen", "-seen", "-tags")]
    return {
        "overview": [reverse("overview")],
        "registry-list": [reverse("registry-list")],
        "registry-list (searched)": _queries("registry-list", _REGISTRY_QUERIES),
        "registry-connect": [reverse("registry-connect")],
        **{name: _of(name, registries) for name in routes},
        **{f"{name} (the largest)": _of(name, [largest]) for name in routes},
        "registry-detail (repositories)": _queries(
            "registry-detail",
            [{"page": 40}, {"q": "api"}, {"q": "nobody"}, *ways],
            args=[largest],
        ),
        "run-list (filtered)": _queries(
            "run-list", [{"state": "failed"}, {"trigger": "push"}], args=[largest]
        ),
        "run-detail": _of("run-detail", runs),
        "dry-run": _of("dry-run", dry_runs),
        "dry-run (searched)": _queries("dry-run", [{"q": "api"}, {"page": 100}], args=dry_runs[:1]),
    }


def _inventory_pages() -> dict[str, list[str]]:
    names, tags = sample(Repository, "name"), sample(Image, "tag")
    digests = sample(Image, "digest")
    some = Registry.objects.order_by("pk").values_list("name", flat=True)[:20]
    after = [{"after": pk} for pk in sample(ImageEvent, "pk")]
    kinds: list[dict[str, Any]] = [{"kind": kind} for kind in ImageEvent.Kind.values]
    today = datetime.now(UTC).date()
    days: list[dict[str, Any]] = [
        {"since": today - timedelta(days=ago), "until": today - timedelta(days=ago - 3)}
        for ago in (3, 30, 300, 700)
    ]
    (largest,) = _largest_repository()
    return {
        "inventory": [reverse("inventory")],
        "inventory (words)": _queries("inventory", [{"q": word} for word in _SEARCHED]),
        "inventory (repositories)": _queries("inventory", ({"q": name} for name in names)),
        "inventory (tags)": _queries("inventory", ({"q": tag} for tag in tags)),
        "inventory (digests)": _queries("inventory", ({"q": digest} for digest in digests)),
        "inventory (filtered)": _queries(
            "inventory",
            [
                *({"kind": kind.value} for kind in Kind),
                *({"kind": kind.value, "q": "v1"} for kind in Kind),
                *({"removed": removed, "q": "sha-0"} for removed in ("true", "any")),
                *({"registry": name, "q": "latest"} for name in some),
            ],
        ),
        "inventory (deep)": _queries(
            "inventory", ({"q": "v", "after": pk} for pk in sample(Image, "pk"))
        ),
        "changes": [reverse("changes")],
        "changes (deep)": _queries("changes", after),
        "changes (filtered)": _queries(
            "changes",
            [
                *kinds,
                *days,
                *({"registry": name} for name in some),
                *({"registry": name, **kind} for name in some[:3] for kind in kinds),
                *(kind | day for kind in kinds for day in days),
            ],
        ),
        "repository-detail": _of("repository-detail", sample(Repository, "pk")),
        "repository-detail (the largest)": _queries(
            "repository-detail", [{}, {"tags_q": "v1"}, {"show": "removed"}], args=[largest]
        ),
        "image-detail": _of("image-detail", sample(Image, "pk")),
    }


def _largest_repository() -> Iterable[int]:
    rows = Image.objects.filter(registry=1).order_by().values("repository")
    return rows.annotate(n=Count("pk")).order_by("-n").values_list("repository", flat=True)[:1]


def _of(name: str, keys: Iterable[Any]) -> list[str]:
    return [reverse(name, args=[key]) for key in keys]


def _queries(name: str, queries: Iterable[dict[str, Any]], args: Iterable[Any] = ()) -> list[str]:
    address = reverse(name, args=list(args))
    return [f"{address}?{urlencode(query)}".rstrip("?") for query in queries]
