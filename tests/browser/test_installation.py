"""The flows of the dashboard on what `manage.py up` runs: web, broker, workers and beat."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.harborguard.installation import Installation
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory

# A worker may be busy with something else, on a machine that is.
_PATIENCE_MS = 60_000


@pytest.fixture
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("up")
    installation = Installation(folder / "data", folder / "log")
    try:
        installation.start_and_wait()
        yield installation
    finally:
        installation.end()


@pytest.fixture
def service(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    service = docker_registry("htpasswd")
    service.seed(["team/app", "team/web"], ["v1", "v2", "nightly-1"])
    return service


def test_a_registry_is_connected_watched_tried_changed_and_forgotten(
    page: Page, installation: Installation, service: DockerRegistry
) -> None:
    sign_in(page, installation)
    connect(page, service)
    find(page)
    see_what_moved(page, service)
    try_and_apply_filters(page)
    forget(page)


def sign_in(page: Page, installation: Installation) -> None:
    password = installation.wait_for_line("Sign in as admin with the password (.+)")[1]
    page.goto(installation.url)
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def connect(page: Page, service: DockerRegistry) -> None:
    page.get_by_role("link", name="Connect a registry").first.click()
    page.get_by_label("Name", exact=True).fill("ours")
    page.locator("#id_url").fill(service.url)
    page.get_by_label("Plain HTTP").check()
    page.get_by_label("User name").fill(service.username)
    page.get_by_label("Password or token").fill(service.password)
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_text("All stages passed.")).to_be_visible()
    page.get_by_role("button", name="Connect and sync").click()
    status = page.locator("#registry-status")
    expect(status).to_contain_text("Connected", timeout=_PATIENCE_MS)
    expect(page.get_by_role("link", name="team/web")).to_be_visible()


def find(page: Page) -> None:
    page.get_by_role("link", name="Inventory", exact=True).click()
    page.get_by_label("Repository, tag or digest").fill("team/app:v2")
    page.get_by_role("link", name="team/app:v2", exact=True).click()
    expect(page.get_by_role("region", name="History")).to_contain_text("admin (connect), run 1")


def see_what_moved(page: Page, service: DockerRegistry) -> None:
    digest = service.push_image("team/app", "v2", seed="moved")
    page.get_by_role("link", name="Registries", exact=True).first.click()
    page.get_by_role("link", name="ours", exact=True).click()
    page.get_by_role("button", name="Sync Now").click()
    expect(page.locator("#latest-runs")).to_contain_text("1 moved", timeout=_PATIENCE_MS)
    page.get_by_role("link", name="Changes", exact=True).first.click()
    page.get_by_label("Change", exact=True).select_option(label="Moved")
    rows = page.locator("#feed tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.get_by_title(digest)).to_be_visible()


def try_and_apply_filters(page: Page) -> None:
    page.get_by_role("link", name="Registries", exact=True).first.click()
    page.get_by_role("link", name="ours", exact=True).click()
    page.get_by_role("link", name="Edit filters and schedule").click()
    page.get_by_label("Exclude tags").fill("nightly-*")
    page.get_by_role("button", name="Preview as dry run").click()
    expect(page.get_by_role("heading", name="2 changes")).to_be_visible(timeout=_PATIENCE_MS)
    page.get_by_role("button", name="Apply settings").click()
    expect(page.get_by_text("Saved. The next sync uses the new settings")).to_be_visible()
    page.get_by_role("button", name="Sync Now").click()
    expect(page.locator("#latest-runs")).to_contain_text("2 removed", timeout=_PATIENCE_MS)


def forget(page: Page) -> None:
    page.goto(re.sub(r"(/registries/\d+).*", r"\1/delete", page.url))
    page.get_by_role("textbox").last.fill("ours")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("have been deleted")).to_be_visible()
