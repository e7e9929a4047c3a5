"""The frame of every page: the theme, the header on a phone and the progress line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from tests.browser.conftest import SignIn
from tests.factories import make_claim, make_registry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def signed_in_page(
    request: pytest.FixtureRequest, chromium: Browser, live_server: LiveServer, sign_in: SignIn
) -> Iterator[Page]:
    context = chromium.new_context(
        java_script_enabled=request.param, viewport={"width": 390, "height": 844}
    )
    sign_in(context, Role.ADMIN)
    page = context.new_page()
    page.goto(f"{live_server.url}/profile")
    yield page
    context.close()


def theme_of(page: Page) -> str | None:
    return page.locator("html").get_attribute("data-bs-theme")


def test_a_theme_is_chosen_and_kept_until_the_systems_is(signed_in_page: Page) -> None:
    signed_in_page.emulate_media(color_scheme="light")
    menu = signed_in_page.locator("details.menu > summary")

    menu.click()
    signed_in_page.get_by_role("button", name="Dark").click()
    expect(signed_in_page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    menu.click()
    expect(signed_in_page.get_by_role("button", name="Dark")).to_have_attribute(
        "aria-pressed", "true"
    )
    signed_in_page.get_by_role("link", name="Users").click()
    assert theme_of(signed_in_page) == "dark"

    menu.click()
    signed_in_page.get_by_role("button", name="System").click()
    expect(signed_in_page.locator("html[data-bs-theme=dark]")).to_have_count(0)
    assert signed_in_page.url.endswith("/users")


def test_every_page_is_reached_from_the_header_on_a_phone(signed_in_page: Page) -> None:
    for name in ("Registries", "Inventory", "Changes", "Overview"):
        signed_in_page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()
        expect(signed_in_page.locator("header [aria-current=page]")).to_have_text(name)
    for name in ("Profile and keys", "Users", "Audit trail"):
        signed_in_page.locator("details.menu > summary").click()
        signed_in_page.get_by_role("link", name=name).click()
        expect(signed_in_page.locator("header [aria-current=page]")).to_have_text(name)
    signed_in_page.locator("details.menu > summary").click()
    signed_in_page.get_by_role("button", name="Sign out").click()
    expect(signed_in_page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_chosen_theme_is_there_before_the_first_paint(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    """The theme works without theme.js."""
    page.emulate_media(color_scheme="light")
    sign_in(page.context, Role.VIEWER)
    page.goto(f"{live_server.url}/profile")
    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="Dark").click()
    page.route("**/theme.js", lambda route: route.fulfill(body=""))

    page.reload()

    assert theme_of(page) == "dark"


def test_a_line_shows_while_an_answer_takes_long(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    make_claim(registry)
    sign_in(page.context, Role.VIEWER)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/status*", hold)
    page.goto(f"{live_server.url}/registries/{registry.pk}")
    expect(page.locator(".loading")).to_have_css("opacity", "0")

    expect(page.locator(".loading")).to_have_css("opacity", "1")

    for route in held:
        route.continue_()
    page.unroute("**/status*")
    expect(page.locator(".loading")).to_have_css("opacity", "0")
