"""The pages of the API's document: from this host alone, under the strict policy, and usable."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from sync.models import SyncRun
from tests.api_client import caller
from tests.browser.conftest import SignIn
from tests.factories import make_registry

pytestmark = pytest.mark.django_db(transaction=True)


def opened(page: Page, live_server: LiveServer, operation: str) -> None:
    page.goto(f"{live_server.url}/api/docs")
    page.locator(f"#operations-registries-{operation} button.opblock-summary-control").click()


def test_they_ask_no_other_host_and_break_no_rule_of_the_content_policy(
    page: Page, live_server: LiveServer
) -> None:
    """Check that the browser refuses nothing: its console would fail ``page``."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    opened(page, live_server, "listRegistries")

    expect(page.get_by_text("Requires the role viewer.").first).to_be_visible()
    elsewhere = [url for url in asked if not url.startswith((live_server.url, "data:"))]
    assert elsewhere == []


def test_a_session_starts_a_sync_from_them(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    sign_in(page.context, Role.DEVELOPER)
    opened(page, live_server, "syncRegistry")

    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("registryId").fill(str(registry.pk))
    page.get_by_role("button", name="Execute").click()

    answer = page.locator(".live-responses-table .response").first
    expect(answer).to_contain_text("202")
    expect(answer).to_contain_text("Sync started")
    assert SyncRun.objects.get().registry == registry


def test_a_key_is_used_by_them(page: Page, live_server: LiveServer) -> None:
    secret = caller(Role.VIEWER).secret
    page.goto(f"{live_server.url}/api/docs")
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-bearer-value").fill(secret)
    page.get_by_role("button", name="Apply credentials").first.click()
    page.get_by_role("button", name="Close").first.click()

    page.locator("#operations-me-getMe button.opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()

    expect(page.locator(".live-responses-table .response").first).to_contain_text("effectiveRole")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_they_are_as_light_or_dark_as_the_system(
    page: Page, live_server: LiveServer, theme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=theme)

    opened(page, live_server, "listRegistries")

    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert colour == {"light": "rgb(250, 250, 250)", "dark": "rgb(28, 32, 34)"}[theme]
    page.screenshot(path=f"/tmp/guard-docs-{theme}.png", full_page=True)
