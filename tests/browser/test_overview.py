"""The overview page, left open on a second screen."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from harborguard.clock import Now
from registries.errors import ConnectionTimedOut
from registries.models import Registry
from sync.models import State, Sweep, SyncRun, Trigger
from tests.browser.conftest import SignIn
from tests.factories import make_finished_run, make_registry

pytestmark = pytest.mark.django_db(transaction=True)

EVERY_MILLISECONDS = 30_000


def fail(registry: Registry) -> None:
    make_finished_run(registry, State.FAILED, error=ConnectionTimedOut("It timed out"))


def test_it_refreshes_and_keeps_the_focus(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry(name="ours")
    make_finished_run(registry)
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    page.goto(live_server.url)
    expect(page.get_by_text("All connections are syncing as scheduled.")).to_be_visible()
    page.locator("#state-ERROR").focus()

    fail(registry)
    page.clock.run_for(EVERY_MILLISECONDS + 5000)

    expect(page.get_by_text("It timed out")).to_be_visible()
    expect(page).to_have_title("1 failing · Overview · HarborGuard")
    expect(page.locator("#state-ERROR")).to_be_focused()
    expect(page.locator("#overview #overview")).to_have_count(0)


def test_a_hidden_page_does_not_refresh(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    make_finished_run(make_registry())
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    page.goto(live_server.url)
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(urlsplit(sent.url).path))

    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.clock.run_for(10 * EVERY_MILLISECONDS)
    assert "/" not in asked

    with page.expect_request(f"{live_server.url}/"):
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: false});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )


def test_a_stale_connection_can_be_synced_without_scripts(
    chromium: Browser, live_server: LiveServer, sign_in: SignIn
) -> None:
    Sweep.record()
    registry = make_registry(name="ours")
    make_finished_run(registry)
    Registry.objects.update(last_sync_at=Now() - timedelta(days=3))
    context = chromium.new_context(java_script_enabled=False)
    sign_in(context, Role.DEVELOPER)
    page = context.new_page()
    page.goto(live_server.url)

    page.get_by_role("button", name="Sync ours now").click()

    expect(page.get_by_text("A sync of ours has been queued.")).to_be_visible()
    assert SyncRun.objects.filter(registry=registry, trigger=Trigger.MANUAL).exists()
    context.close()


def test_counts_link_to_their_lists(page: Page, live_server: LiveServer, sign_in: SignIn) -> None:
    make_finished_run(make_registry(name="fine"))
    fail(make_registry(name="down"))
    sign_in(page.context, Role.VIEWER)
    page.goto(live_server.url)

    page.get_by_role("link", name="1 error").click()

    expect(page.get_by_role("link", name="down", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="fine", exact=True)).to_have_count(0)
