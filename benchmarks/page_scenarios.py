"""What the pages are asked for: rows that are there, picked at random but the same each time."""

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
from inventory.kind import Kind
from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry, Status
from sync.models import DryRun, SyncRun

# These lead to another page: that which has their button, or one with a filter.
_NO_PAGES = frozenset(
    {
        *("api", "logout", "admin-login", "admin-logout", "admin-password", "key-revoke", "theme"),
        "user-password",
        *("registry-changes", "registry-connect-fields", "registry-edit-fields"),
        *("registry-sync", "registry-confirm-removals", "registry-trust"),
        *("registry-webhook-rotate", "registry-webhook-verification"),
        *("registry-credential-remove", "registry-distrust", "registry-realm-remove"),
        *("dry-run-delete", "dry-run-apply"),
        # They call a registry, and wait for it.
        *("registry-test", "registry-connect-test", "registry-edit-test"),
        *("registry-connect-preview", "registry-edit-preview"),
        # Files as long as what they hold, streamed.
        *("inventory-csv", "inventory-json", "repository-csv", "repository-json"),
        *("changes-csv", "changes-json"),
        # They are for machines.
        *("healthz", "readyz", "metrics"),
    }
)
_REGISTRIES_ASKED_FOR: tuple[dict[str, Any], ...] = (
    *({"page": page} for page in range(2, 20)),
    *({"q": word} for word in ("pay", "mirror", "nobody")),
    *({"status": status} for status in Status.values),
    *({"sort": sort} for sort in ("status", "health", "-images", "-last", "next")),
    *({"needs": need} for need in ("anything", "held")),
)
_SEARCHED = ("nginx", "team-7/", "v1.2", "latest", "sha256:0a", "zzz-nobody-has-this", "a")


def page_scenarios() -> dict[str, list[str]]:
    """Paths to be asked for in turn, by the name of their route. Raise SystemExit where a page
    has none: it would never be measured."""
    found = _scenarios()
    pages = {name for name in ROUTES if ":" not in name} - _NO_PAGES
    if missing := sorted(pages - {name.partition(" ")[0] for name in found}):
        raise SystemExit(f"Without a scenario in benchmarks/page_scenarios.py: {missing}")
    return found


def _scenarios() -> dict[str, list[str]]:
    return {**_of_people(), **_of_registries(), **_of_the_inventory()}


def _of_people() -> dict[str, list[str]]:
    people = User.objects.filter(username__startswith="person-")
    users = list(people.values_list("pk", flat=True))
    alone = ("login", "profile", "password", "keys", "users", "user-create", "audit")
    return {
        **{name: [reverse(name)] for name in alone},
        "audit (deep)": _asked("audit", ({"before": pk} for pk in sample(AuditEntry, "pk"))),
        **{name: _of(name, users) for name in ("user-detail", "user-delete")},
    }


def _of_registries() -> dict[str, list[str]]:
    registries, runs = sample(Registry, "pk"), sample(SyncRun, "pk")
    dry_runs = sample(DryRun, "pk")
    (largest,) = Registry.objects.order_by("-image_count").values_list("pk", flat=True)[:1]
    of_registries = (
        *("registry-detail", "registry-status", "registry-edit", "registry-settings"),
        *("registry-held", "registry-delete", "registry-dry-run", "delivery-list", "run-list"),
        "dry-run-list",
    )
    ways = [{"sort": sort} for sort in ("name", "-name", "seen", "-seen", "-tags")]
    return {
        "overview": [reverse("overview")],
        "registry-list": [reverse("registry-list")],
        "registry-list (searched)": _asked("registry-list", _REGISTRIES_ASKED_FOR),
        "registry-connect": [reverse("registry-connect")],
        **{name: _of(name, registries) for name in of_registries},
        **{f"{name} (the largest)": _of(name, [largest]) for name in of_registries},
        "registry-detail (repositories)": _asked(
            "registry-detail",
            [{"page": 40}, {"q": "api"}, {"q": "nobody"}, *ways],
            args=[largest],
        ),
        "run-list (filtered)": _asked(
            "run-list", [{"state": "failed"}, {"trigger": "push"}], args=[largest]
        ),
        "run-detail": _of("run-detail", runs),
        "dry-run": _of("dry-run", dry_runs),
        "dry-run (searched)": _asked("dry-run", [{"q": "api"}, {"page": 100}], args=dry_runs[:1]),
    }


def _of_the_inventory() -> dict[str, list[str]]:
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
        "inventory (words)": _asked("inventory", [{"q": word} for word in _SEARCHED]),
        "inventory (repositories)": _asked("inventory", ({"q": name} for name in names)),
        "inventory (tags)": _asked("inventory", ({"q": tag} for tag in tags)),
        "inventory (digests)": _asked("inventory", ({"q": digest} for digest in digests)),
        "inventory (filtered)": _asked(
            "inventory",
            [
                *({"kind": kind.value} for kind in Kind),
                *({"kind": kind.value, "q": "v1"} for kind in Kind),
                *({"removed": removed, "q": "sha-0"} for removed in ("true", "any")),
                *({"registry": name, "q": "latest"} for name in some),
            ],
        ),
        "inventory (deep)": _asked(
            "inventory", ({"q": "v", "after": pk} for pk in sample(Image, "pk"))
        ),
        "changes": [reverse("changes")],
        "changes (deep)": _asked("changes", after),
        "changes (filtered)": _asked(
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
        "repository-detail (the largest)": _asked(
            "repository-detail", [{}, {"tags_q": "v1"}, {"show": "removed"}], args=[largest]
        ),
        "image-detail": _of("image-detail", sample(Image, "pk")),
    }


def _largest_repository() -> Iterable[int]:
    rows = Image.objects.filter(registry=1).order_by().values("repository")
    return rows.annotate(n=Count("pk")).order_by("-n").values_list("repository", flat=True)[:1]


def _of(name: str, keys: Iterable[Any]) -> list[str]:
    return [reverse(name, args=[key]) for key in keys]


def _asked(name: str, queries: Iterable[dict[str, Any]], args: Iterable[Any] = ()) -> list[str]:
    address = reverse(name, args=list(args))
    return [f"{address}?{urlencode(query)}".rstrip("?") for query in queries]
