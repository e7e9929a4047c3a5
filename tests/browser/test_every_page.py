"""Every page, light on a desk and dark on a phone: accessible, quiet, within its width."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from harborguard.access.actor import Actor
from harborguard.access.keys import create_key, revoke_key
from harborguard.access.models import ApiKey, Role
from harborguard.clock import Now
from inventory.models import RemovedReason
from inventory.services import remove
from registries.errors import AuthenticationFailed
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from sync import lifecycle
from sync.lifecycle import Progress
from sync.models import Phase, State, SyncRun, Trigger
from tests.browser.conftest import SignIn
from tests.factories import make_claim, make_finished_run, make_registry, make_user
from tests.pages import author, hold_everything, image_ids, observe

LONG = "a" * 100
# color-contrast needs the page as painted; best-practice asks for headings and landmarks.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

pytestmark = pytest.mark.django_db(transaction=True)


def everything() -> list[str]:
    """The address of every page, over rows that show all that a page can show."""
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
    repository = observe(registry, f"team/{LONG}", {f"t{number}": 4 for number in range(120)})
    hold_everything(registry)
    failed = make_registry()
    make_finished_run(failed, State.FAILED, error=AuthenticationFailed(f"Failed: {LONG}"))
    syncing = make_registry()
    lifecycle.renew(make_claim(syncing), Progress(Phase.TAGS, 200, 120))
    waiting = make_registry()
    queued = lifecycle.request(waiting.pk, Trigger.MANUAL)
    SyncRun.objects.filter(pk=queued.pk).update(queued_at=Now() - timedelta(minutes=5))
    make_keys()
    names = ("registry-detail", "registry-edit", "registry-delete", "run-list", "registry-changes")
    return [
        "/",
        reverse("registry-connect"),
        *(reverse(name, args=[registry.pk]) for name in names),
        reverse("repository-detail", args=[repository.pk]),
        reverse("run-detail", args=[run.pk]),
        *(reverse("registry-detail", args=[other.pk]) for other in (failed, syncing, waiting)),
        "/keys",
        "/keys?of=everybody",
        "/audit",
        "/password",
        "/login",
    ]


def make_keys() -> None:
    """One of each state, made by somebody of whom the audit trail has much to tell."""
    by = Actor(LONG, address="2001:db8:1234:5678:9abc:def0:1234:5678", request_id="f" * 64)
    owner = make_user(Role.ADMIN, username=LONG)
    expired, revoked = (create_key(owner, name, Role.ADMIN, by=by)[0] for name in ("old", "gone"))
    create_key(owner, LONG, Role.DEVELOPER, by=by)
    ApiKey.objects.filter(pk=expired.pk).update(expiry=Now(), last_used_at=Now())
    revoke_key(revoked, by=by)


def faults_of(page: Page) -> list[str]:
    found = [
        f"{rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in Axe().run(page, options=RULES).response["violations"]
        for node in rule["nodes"]
    ]
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found + ([f"{wide} pixels wider than the screen"] if wide > 0 else [])


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_is_accessible_and_as_wide_as_the_screen(
    page: Page,
    live_server: LiveServer,
    sign_in: SignIn,
    theme: Literal["light", "dark"],
    width: int,
) -> None:
    addresses = everything()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    faults = {}
    for address in addresses:
        page.context.clear_cookies()
        if address != "/login":
            sign_in(page.context, Role.ADMIN)
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.dataset.bsTheme") == theme
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        if found := faults_of(page):
            faults[address] = found

    assert faults == {}


def test_an_empty_installation_is_accessible(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    sign_in(page.context, Role.ADMIN)
    page.goto(live_server.url)

    assert faults_of(page) == []
    assert not Registry.objects.exists()


def test_the_admin_breaks_no_rule_of_the_content_policy(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    """What the browser refuses to run or to load, it says on the console: that fails ``page``."""
    observe(make_registry(), "team/app", {"v1": 1})
    sign_in(page.context, Role.ADMIN)
    for address in (
        "",
        "registries/registry/",
        f"registries/registry/{Registry.objects.get().pk}/change/",
        f"registries/registry/{Registry.objects.get().pk}/delete/",
        "inventory/image/",
        "sync/syncrun/",
        "access/user/add/",
        "access/apikey/",
        "access/auditentry/",
        "django_celery_beat/periodictask/",
        "django_celery_beat/periodictask/add/",
    ):
        answer = page.goto(f"{live_server.url}/admin/{address}")
        assert answer is not None
        assert answer.status == 200
