"""Accounts, from adding somebody to their last day, with scripts and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from tests.browser.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def admin(
    request: pytest.FixtureRequest, chromium: Browser, live_server: LiveServer, sign_in: SignIn
) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=request.param)
    sign_in(context, Role.ADMIN)
    page = context.new_page()
    page.goto(f"{live_server.url}/users")
    yield page
    context.close()


@pytest.fixture
def ada(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """The browser of somebody who has no account yet."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{live_server.url}/login")
    yield page
    context.close()


def signs_in(page: Page, password: str) -> None:
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_somebody_comes_changes_roles_and_goes(admin: Page, ada: Page) -> None:
    admin.get_by_role("link", name="Add user").click()
    admin.get_by_label("User name").fill("ada")
    admin.get_by_role("button", name="Add user").click()
    first = admin.locator("code.new-key").inner_text()
    signs_in(ada, first)
    expect(ada.locator(".menu-name")).to_have_text("ada")

    admin.get_by_role("link", name="Done").click()
    admin.get_by_label("Role").select_option("developer")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("ada was changed.")).to_be_visible()
    ada.goto(ada.url.rstrip("/") + "/profile")
    expect(ada.locator("main")).to_contain_text("start syncs and test connections")

    admin.get_by_role("button", name="Set new password").click()
    second = admin.locator("code.new-key").inner_text()
    assert second != first
    ada.reload()
    signs_in(ada, second)
    expect(ada.get_by_role("heading", name="Profile")).to_be_visible()

    admin.get_by_role("link", name="Done").click()
    admin.get_by_label("Active").uncheck()
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("deactivated", exact=True)).to_be_visible()
    ada.reload()
    expect(ada.get_by_role("button", name="Sign in")).to_be_visible()

    admin.get_by_role("link", name="Delete…").click()
    admin.get_by_role("button", name="Delete account").click()
    expect(admin.get_by_text("ada was deleted.")).to_be_visible()
    expect(admin.get_by_role("link", name="ada")).to_have_count(0)


def test_somebody_changes_their_own_password(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    sign_in(page.context, Role.VIEWER)
    page.goto(f"{live_server.url}/profile")

    page.get_by_role("main").get_by_role("link", name="Change password").click()
    page.get_by_label("Old password").fill("correct horse")
    page.get_by_label("New password", exact=True).fill("battery staple 7")
    page.get_by_label("New password confirmation").fill("battery staple 7")
    page.get_by_role("button", name="Change password").click()

    expect(page.get_by_text("Your password was changed.")).to_be_visible()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()


def test_the_trail_is_filtered_to_what_somebody_did(admin: Page) -> None:
    admin.get_by_role("link", name="Add user").click()
    admin.get_by_label("User name").fill("ada")
    admin.get_by_role("button", name="Add user").click()
    admin.get_by_role("link", name="Done").click()

    admin.get_by_role("link", name="Changes to this account").click()
    expect(admin.locator("tbody tr")).to_have_count(1)
    expect(admin.locator("tbody")).to_contain_text("user.created")
    admin.get_by_label("Action").select_option("user.deleted")
    admin.get_by_role("button", name="Show").click()

    expect(admin.get_by_text("No entries match all filters.")).to_be_visible()
