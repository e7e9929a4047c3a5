from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer


def test_a_page_runs_its_scripts(page: Page) -> None:
    page.set_content("<p id=said></p><script>said.textContent = 'it ran'</script>")

    expect(page.locator("#said")).to_have_text("it ran")


@pytest.mark.django_db(transaction=True)
def test_the_browser_reaches_the_live_server(page: Page, live_server: LiveServer) -> None:
    answer = page.request.get(f"{live_server.url}/healthz")

    assert answer.status == 200
