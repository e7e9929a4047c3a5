"""Every page, light and dark, on a desk and on a phone: accessible, quiet, within its width."""

from __future__ import annotations

from itertools import product
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from harborguard.access.permissions import ROUTES
from registries.models import Registry
from tests.browser.addresses import PAGES
from tests.browser.conftest import SignIn
from tests.factories import make_registry
from tests.pages import observe

# color-contrast needs the page as painted; best-practice asks for headings and landmarks.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1440, 390)
WITHOUT_SIGNING_IN = {"login"}

FORM_BUTTONS = ("fields", "test", "preview")
EXPORTED = ("inventory", "changes", "repository")
# Answers that are no page of ours: for programs, fragments of a page, files, and buttons'
# addresses, which lead back to the page that has the button when they are opened as a link.
NO_PAGES = {
    *("healthz", "readyz", "metrics"),
    *("admin:*", "admin-login", "admin-password"),
    "api",
    *(f"{list_of}-{form}" for list_of in EXPORTED for form in ("csv", "json")),
    *("registry-changes", "registry-status"),
    *("registry-credential-remove", "registry-realm-remove"),
    *("key-revoke", "user-password", "registry-sync", "registry-confirm-removals"),
    *("registry-test", "registry-trust", "dry-run-delete", "dry-run-apply"),
    *(f"registry-{form}-{act}" for form in ("connect", "edit") for act in FORM_BUTTONS),
    *("registry-webhook-rotate", "registry-webhook-verification"),
}

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_every_page_is_looked_at() -> None:
    """A page without an address is made one in ``addresses``."""
    pages = {name for name, rules in ROUTES.items() if "GET" in rules and name[:4] != "api:"}

    assert pages == set(PAGES) | NO_PAGES


@pytest.mark.parametrize("route", PAGES)
def test_a_page_is_accessible_and_as_wide_as_the_screen(
    page: Page, live_server: LiveServer, sign_in: SignIn, route: str
) -> None:
    """Check that nothing is blocked and no script fails: the console would fail ``page``."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    if route not in WITHOUT_SIGNING_IN:
        sign_in(page.context, Role.ADMIN)
    faults = {}
    for address in PAGES[route]():
        answer = page.goto(live_server.url + address)
        assert answer is not None
        assert (answer.status, urlsplit(page.url).path) == (200, urlsplit(address).path)
        page.evaluate("for (const f of document.querySelectorAll('main details')) f.open = true")
        for theme, width in product(THEMES, WIDTHS):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": 900})
            expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
            if found := faults_of(page):
                faults[address, theme, width] = found

    assert faults == {}
    assert {urlsplit(url).netloc for url in asked} <= {urlsplit(live_server.url).netloc, ""}


@pytest.mark.parametrize("theme", THEMES)
def test_the_menu_and_the_list_of_shortcuts_are_accessible(
    page: Page, live_server: LiveServer, sign_in: SignIn, theme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    sign_in(page.context, Role.ADMIN)
    page.goto(f"{live_server.url}/profile")

    page.locator("details.menu > summary").click()
    assert faults_of(page) == []
    page.get_by_role("button", name="Keyboard shortcuts").first.click()
    assert faults_of(page) == []


@pytest.mark.parametrize("address", ["/", "/registries", "/inventory", "/changes"])
def test_an_empty_installation_is_accessible(
    page: Page, live_server: LiveServer, sign_in: SignIn, address: str
) -> None:
    sign_in(page.context, Role.ADMIN)
    page.goto(live_server.url + address)

    assert faults_of(page) == []
    assert not Registry.objects.exists()


def test_the_admin_breaks_no_rule_of_the_content_policy(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    """Check that the browser refuses nothing: its console would fail ``page``."""
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
    ):
        answer = page.goto(f"{live_server.url}/admin/{address}")
        assert answer is not None
        assert answer.status == 200
