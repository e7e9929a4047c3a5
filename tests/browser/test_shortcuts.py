"""Everything by the keyboard, and single keys only where nothing else is meant by them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from sync.models import SyncRun
from tests.browser.conftest import SignIn
from tests.factories import make_registry, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in_page(page: Page, live_server: LiveServer, sign_in: SignIn) -> Page:
    sign_in(page.context, Role.ADMIN)
    page.goto(f"{live_server.url}/profile")
    return page


def pressed(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.mark.parametrize(
    ("keys", "path"), [("go", "/"), ("gr", "/registries"), ("gi", "/inventory"), ("gc", "/changes")]
)
def test_two_keys_lead_to_a_page(signed_in_page: Page, keys: str, path: str) -> None:
    pressed(signed_in_page, *keys)

    signed_in_page.wait_for_url(f"**{path}")


def test_a_slash_leads_to_the_search(signed_in_page: Page) -> None:
    pressed(signed_in_page, "/")
    signed_in_page.keyboard.type("go team/app")
    pressed(signed_in_page, "Enter")

    signed_in_page.wait_for_url("**/inventory?q=go+team%2Fapp")


def test_the_list_opens_by_its_key_closes_by_esc_and_gives_the_focus_back(
    signed_in_page: Page,
) -> None:
    link = signed_in_page.get_by_role("link", name="Create API key")
    link.focus()

    pressed(signed_in_page, "?")
    shortcuts = signed_in_page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_be_visible()
    expect(shortcuts.get_by_role("button", name="Close")).to_be_focused()
    pressed(signed_in_page, "g", "r", "Escape")

    expect(shortcuts).to_be_hidden()
    expect(link).to_be_focused()
    assert signed_in_page.url.endswith("/profile")


def test_the_list_opens_by_its_button(signed_in_page: Page) -> None:
    signed_in_page.locator("footer").get_by_role("button", name="Keyboard shortcuts").click()

    expect(signed_in_page.get_by_role("dialog")).to_be_visible()


def test_they_are_turned_off_and_stay_so(signed_in_page: Page) -> None:
    pressed(signed_in_page, "?")
    signed_in_page.get_by_role("checkbox").uncheck()
    pressed(signed_in_page, "Escape", "g", "r", "?", "/")
    expect(signed_in_page.get_by_role("dialog")).to_be_hidden()
    expect(signed_in_page.get_by_role("searchbox")).not_to_be_focused()

    signed_in_page.reload()
    pressed(signed_in_page, "?", "g", "r")
    expect(signed_in_page.get_by_role("dialog")).to_be_hidden()
    assert signed_in_page.url.endswith("/profile")

    signed_in_page.locator("footer").get_by_role("button", name="Keyboard shortcuts").click()
    signed_in_page.get_by_role("checkbox").check()
    pressed(signed_in_page, "Escape", "g", "r")
    signed_in_page.wait_for_url("**/registries")


@pytest.mark.parametrize("key", ["Control+g", "Meta+g", "Alt+g"])
def test_keys_with_others_are_left_to_the_browser(signed_in_page: Page, key: str) -> None:
    pressed(signed_in_page, key, "r", "?")

    expect(signed_in_page.get_by_role("dialog")).to_be_visible()
    assert signed_in_page.url.endswith("/profile")


def test_what_is_typed_into_a_field_is_text(signed_in_page: Page, live_server: LiveServer) -> None:
    signed_in_page.goto(f"{live_server.url}/keys")
    name = signed_in_page.get_by_label("Name", exact=True)
    name.focus()

    signed_in_page.keyboard.type("gr?/jk")

    expect(name).to_have_value("gr?/jk")
    expect(signed_in_page.get_by_role("dialog")).to_be_hidden()


def test_rows_are_walked_through_and_opened(signed_in_page: Page, live_server: LiveServer) -> None:
    for name in ("zoe", "yan", "xu"):
        make_user(username=name)
    signed_in_page.goto(f"{live_server.url}/users?role=viewer")

    pressed(signed_in_page, "j")
    expect(signed_in_page.get_by_role("link", name="xu")).to_be_focused()
    pressed(signed_in_page, "k", "j", "j", "j")
    expect(signed_in_page.get_by_role("link", name="zoe")).to_be_focused()
    pressed(signed_in_page, "k", "Enter")

    expect(signed_in_page.get_by_role("heading", name="yan")).to_be_visible()


def test_a_sync_is_started_on_a_registrys_page_and_not_a_second_one(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    sign_in(page.context, Role.DEVELOPER)
    page.goto(f"{live_server.url}/registries/{registry.pk}")

    pressed(page, "s")
    expect(page.get_by_role("button", name="Sync Now")).to_be_disabled()
    pressed(page, "s")

    expect(page.locator("#registry-status")).to_be_visible()
    assert SyncRun.objects.count() == 1


def test_the_first_key_of_all_leads_past_the_header(signed_in_page: Page) -> None:
    pressed(signed_in_page, "Tab")
    expect(signed_in_page.get_by_role("link", name="Skip to the content")).to_be_focused()
    pressed(signed_in_page, "Enter", "Tab")

    expect(signed_in_page.locator("main :focus")).to_have_count(1)


def test_the_menu_opens_and_closes_by_keys(signed_in_page: Page) -> None:
    menu = signed_in_page.locator("details.menu")
    menu.locator("summary").focus()

    pressed(signed_in_page, "Enter")
    expect(menu.get_by_role("link", name="Audit trail")).to_be_visible()
    pressed(signed_in_page, "Tab", "Escape")

    expect(menu.get_by_role("link", name="Audit trail")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_the_menu_closes_when_one_goes_elsewhere(signed_in_page: Page) -> None:
    menu = signed_in_page.locator("details.menu")
    menu.locator("summary").click()

    signed_in_page.get_by_role("heading", name="API keys").click()

    expect(menu.get_by_role("link", name="Audit trail")).to_be_hidden()
