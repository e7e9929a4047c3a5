"""The addresses of every page, over rows that show all that it can show.

One function for each page's route: it makes the rows and gives the addresses. A page without one
fails ``test_every_page``, so a new page comes with its own, here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse

from harborguard.access.actor import Actor
from harborguard.access.keys import create_key, revoke_key
from harborguard.access.models import ApiKey, Role, User
from harborguard.clock import Now
from inventory.models import Image, RemovedReason, Repository
from inventory.reconcile import Key
from inventory.services import remove
from registries.errors import AuthenticationFailed
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from sync.dry_runs.attempt import TagChange
from sync.dry_runs.lifecycle import claim as claim_dry_run
from sync.dry_runs.lifecycle import request as request_dry_run
from sync.models import DryRunChange, Phase, State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress
from tests.deliveries import deliver, pushed
from tests.factories import make_claim, make_dry_run, make_finished_run, make_registry, make_user
from tests.pages import author, digest_of, hold_everything, image_ids, observe

Addresses = list[str]
LONG = "a" * 100
PAGES: dict[str, Callable[[], Addresses]] = {}


def page(route: str) -> Callable[[Callable[[], Addresses]], Callable[[], Addresses]]:
    def listed(maker: Callable[[], Addresses]) -> Callable[[], Addresses]:
        PAGES[route] = maker
        return maker

    return listed


@page("overview")
def overview() -> Addresses:
    in_every_state()
    return ["/"]


@page("registry-list")
def registry_list() -> Addresses:
    in_every_state()
    narrowed = "/registries?status=ERROR&needs=credential&sort=-health"
    return ["/registries", narrowed, "/registries?q=nothing+is+called+so"]


@page("help-index")
def help_index() -> Addresses:
    return ["/help"]


@page("help")
def help_page() -> Addresses:
    return ["/help/sync-and-health", "/help/providers/ecr"]


@page("registry-connect")
def registry_connect() -> Addresses:
    return ["/registries/connect"]


@page("registry-detail")
def registry_detail() -> Addresses:
    return [reverse("registry-detail", args=[registry.pk]) for registry in in_every_state()]


@page("registry-edit")
def registry_edit() -> Addresses:
    return _of_full_registry("registry-edit")


@page("registry-settings")
def registry_settings() -> Addresses:
    return _of_full_registry("registry-settings")


@page("registry-held")
def registry_held() -> Addresses:
    return _of_full_registry("registry-held")


@page("registry-delete")
def registry_delete() -> Addresses:
    return _of_full_registry("registry-delete")


@page("delivery-list")
def delivery_list() -> Addresses:
    registry = full_registry()
    deliver(registry, pushed(f"team/{LONG}", LONG))
    deliver(registry, pushed("team/app", "v1"), secret="another")
    there = reverse("delivery-list", args=[registry.pk])
    return [there, f"{there}?verdict=failed"]


@page("run-list")
def run_list() -> Addresses:
    (there,) = _of_full_registry("run-list")
    return [there, f"{there}?state=failed"]


@page("run-detail")
def run_detail() -> Addresses:
    runs = SyncRun.objects.filter(registry__in=[r.pk for r in in_every_state()])
    return [reverse("run-detail", args=[run.pk]) for run in runs]


@page("registry-dry-run")
def registry_dry_run() -> Addresses:
    return _of_full_registry("registry-dry-run")


@page("dry-run-list")
def dry_run_list() -> Addresses:
    registry = full_registry()
    make_dry_run(registry, error=AuthenticationFailed(f"Failed: {LONG}"))
    gone = TagChange(DryRunChange.Kind.REMOVED, Key("team/app", "v1"), digest_of(1), reason="gone")
    make_dry_run(registry, gone, tag_exclude=[LONG], schedule="weekly")
    request_dry_run(registry.pk, {})
    bare = make_registry()
    return [reverse("dry-run-list", args=[one.pk]) for one in (registry, bare)]


@page("dry-run")
def dry_run() -> Addresses:
    key = Key(f"team/{LONG}", LONG)
    old, new = digest_of(1), digest_of(2)
    kinds = DryRunChange.Kind
    found = make_dry_run(
        make_registry(name=LONG),
        *(TagChange(kind, key, old, new) for kind in (kinds.MOVED, kinds.RESTORED)),
        TagChange(kinds.ADDED, key, new=new),
        TagChange(kinds.RELEASED, key, old, old),
        TagChange(kinds.HELD, key, old),
        *(TagChange(kinds.REMOVED, key, old, reason=reason) for reason in RemovedReason),
        tag_exclude=[LONG],
        schedule="weekly",
    )
    failed = make_dry_run(make_registry(), error=AuthenticationFailed(f"Failed: {LONG}"))
    queued = request_dry_run(make_registry().pk, {})
    running = request_dry_run(make_registry().pk, {})
    claim_dry_run(running.pk)
    pages = [reverse("dry-run", args=[one.pk]) for one in (found, failed, queued, running)]
    return [*pages, f"{pages[0]}?q=nothing+is+called+so"]


@page("repository-detail")
def repository_detail() -> Addresses:
    repositories = Repository.objects.filter(registry=full_registry())
    return [reverse("repository-detail", args=[repository.pk]) for repository in repositories]


@page("image-detail")
def image_detail() -> Addresses:
    images = Image.objects.filter(registry=full_registry(), repository__name="team/app")
    return [reverse("image-detail", args=[image.pk]) for image in images]


@page("inventory")
def inventory() -> Addresses:
    full_registry()
    return ["/inventory", "/inventory?q=team", "/inventory?q=nothing+is+called+so"]


@page("changes")
def changes() -> Addresses:
    full_registry()
    return ["/changes"]


@page("login")
def login() -> Addresses:
    return ["/login"]


@page("password")
def password() -> Addresses:
    return ["/password"]


@page("keys")
def keys() -> Addresses:
    make_keys()
    return ["/keys", "/keys?of=everybody"]


@page("users")
def users() -> Addresses:
    make_keys()
    return ["/users", "/users?search=nobody+is+called+so"]


@page("profile")
def profile() -> Addresses:
    return ["/profile"]


@page("user-create")
def user_create() -> Addresses:
    return ["/users/new"]


@page("user-detail")
def user_detail() -> Addresses:
    script = make_user(username="ci", password=None)
    return [reverse("user-detail", args=[user.pk]) for user in (make_keys(), script)]


@page("user-delete")
def user_delete() -> Addresses:
    return [reverse("user-delete", args=[make_keys().pk])]


@page("audit")
def audit() -> Addresses:
    make_keys()
    return ["/audit", "/audit?user=nobody+is+called+so"]


def full_registry() -> Registry:
    """One with names of any length, and whatever can be said of a registry and its last run."""
    realm = f"https://{'a' * 60}.example.com"
    registry = make_registry(name=LONG, login=Login("robot", "secret"), trusted_realms=[realm])
    run = make_finished_run(
        registry,
        State.PARTIAL,
        progress=Progress(repositories_listed=4, repositories_read=3, repositories_failed=1),
        warnings=[{"code": "w", "message": LONG, "hint": LONG}],
        failed_repositories=[{"repository": LONG, "code": "c", "message": LONG}],
    )
    observe(registry, "team/app", {"gone": 1})
    remove(image_ids(registry), RemovedReason.GONE, author(registry, run.pk))
    observe(registry, "team/app", {LONG: 2, "v1": 3}, run_id=run.pk)
    observe(registry, f"team/{LONG}", {f"t{number}": 4 for number in range(120)})
    hold_everything(registry)
    return registry


def in_every_state() -> list[Registry]:
    failed = make_registry()
    make_finished_run(failed, State.FAILED, error=AuthenticationFailed(f"Failed: {LONG}"))
    syncing = make_registry()
    lifecycle.renew(make_claim(syncing), Progress(Phase.TAGS, 200, 120))
    waiting = make_registry()
    queued = lifecycle.request(waiting.pk, Trigger.MANUAL)
    SyncRun.objects.filter(pk=queued.pk).update(queued_at=Now() - timedelta(minutes=5))
    return [full_registry(), failed, syncing, waiting]


def make_keys() -> User:
    """One of each state, made by somebody of whom the audit trail has much to tell."""
    by = Actor(LONG, address="2001:db8:1234:5678:9abc:def0:1234:5678", request_id="f" * 64)
    owner = make_user(Role.ADMIN, username=LONG)
    expired, revoked = (create_key(owner, name, Role.ADMIN, by=by)[0] for name in ("old", "gone"))
    create_key(owner, LONG, Role.DEVELOPER, by=by)
    ApiKey.objects.filter(pk=expired.pk).update(expiry=Now(), last_used_at=Now())
    revoke_key(revoked, by=by)
    return owner


def _of_full_registry(route: str) -> Addresses:
    return [reverse(route, args=[full_registry().pk])]
