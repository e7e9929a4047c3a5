"""The registry list: searching, sorting and polling."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from registries.errors import ConnectionTimedOut
from sync.models import State
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress, Result
from tests.browser.conftest import SignIn
from tests.factories import make_claim, make_finished_run, make_registry

pytestmark = pytest.mark.django_db(transaction=True)


def rows(page: Page) -> list[str]:
    return page.locator("tbody a[id^=registry-]").all_inner_texts()


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@pytest.fixture
def listed(page: Page, live_server: LiveServer, sign_in: SignIn) -> Page:
    make_finished_run(make_registry(name="payments"), image_count=5)
    make_finished_run(
        make_registry(name="search", schedule="weekly"),
        State.FAILED,
        image_count=50,
        error=ConnectionTimedOut("It timed out"),
    )
    sign_in(page.context, Role.VIEWER)
    page.goto(f"{live_server.url}/registries")
    return page


def test_it_filters_while_typing_and_updates_the_url(listed: Page) -> None:
    search = listed.get_by_label("Name or URL")
    search.press_sequentially("pay")

    expect(listed.locator("#found")).to_have_text("1 found")
    assert rows(listed) == ["payments"]
    assert asked(listed) == {"q": ["pay"]}
    expect(search).to_be_focused()

    listed.reload()
    assert rows(listed) == ["payments"]
    listed.get_by_role("link", name="Clear filters").click()
    expect(listed.locator("#found")).to_have_text("2")


def test_filters_and_sort_order_are_combined(listed: Page) -> None:
    listed.get_by_role("link", name="Images").click()
    expect(listed.locator("th[aria-sort=descending]")).to_have_text("Images ↓")
    assert rows(listed) == ["search", "payments"]
    expect(listed.get_by_role("link", name="Images")).to_be_focused()

    listed.get_by_label("Schedule").select_option("weekly")
    expect(listed.locator("#found")).to_have_text("1 found")
    assert asked(listed) == {"schedule": ["weekly"], "sort": ["-images"]}

    listed.get_by_label("Name or URL").fill("nowhere")
    expect(listed.get_by_text("No matching registries")).to_be_visible()


def test_going_back_restores_the_list(listed: Page) -> None:
    listed.get_by_label("Status").select_option("ERROR")
    expect(listed.locator("#found")).to_have_text("1 found")
    listed.get_by_role("link", name="search", exact=True).click()
    expect(listed.get_by_role("heading", name="search")).to_be_visible()

    listed.go_back()

    expect(listed.locator("#found")).to_have_text("1 found")
    assert rows(listed) == ["search"]
    expect(listed.get_by_label("Status")).to_have_value("ERROR")


def test_rows_follow_a_sync_until_it_finishes(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry(name="ours")
    claim = make_claim(registry)
    polls: list[Request] = []
    page.on("request", lambda sent: polls.append(sent) if "/registries" in sent.url else None)
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    page.goto(f"{live_server.url}/registries")
    expect(page.get_by_role("cell", name="Syncing")).to_be_visible()
    page.get_by_role("link", name="ours", exact=True).focus()

    lifecycle.finish(claim, Result(State.SUCCEEDED, Progress(repositories_read=20)))
    page.clock.run_for(3500)
    expect(page.get_by_role("cell", name="Connected")).to_be_visible()
    expect(page.get_by_role("link", name="ours", exact=True)).to_be_focused()

    sent = len(polls)
    assert sent > 1
    page.clock.run_for(60_000)
    assert len(polls) == sent


def test_polling_does_not_lose_what_is_being_typed(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    make_claim(make_registry(name="moving"))
    make_finished_run(make_registry(name="resting"))
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    page.goto(f"{live_server.url}/registries")

    page.get_by_label("Name or URL").fill("moving")
    page.clock.run_for(10_000)

    expect(page.locator("#found")).to_have_text("1 found")
    page.clock.run_for(10_000)
    assert rows(page) == ["moving"]
    expect(page.get_by_label("Name or URL")).to_have_value("moving")


def test_it_works_without_scripts(
    chromium: Browser, live_server: LiveServer, sign_in: SignIn
) -> None:
    make_finished_run(make_registry(name="payments"))
    make_registry(name="search", schedule="weekly")
    context = chromium.new_context(java_script_enabled=False)
    sign_in(context, Role.VIEWER)
    page = context.new_page()
    page.goto(f"{live_server.url}/registries")

    page.get_by_label("Schedule").select_option("weekly")
    page.get_by_role("button", name="Apply").click()
    assert rows(page) == ["search"]
    page.get_by_role("link", name="Remove filter Schedule: weekly").click()
    page.get_by_role("link", name="Registry").click()
    assert rows(page) == ["search", "payments"]
    context.close()
