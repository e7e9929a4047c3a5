"""Searching the inventory, in a real browser."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from inventory.models import Image, RemovedReason
from inventory.services import remove
from registries.models import Registry
from tests.browser.conftest import SignIn
from tests.factories import make_registry
from tests.pages import author, digest_of, observe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def production() -> Registry:
    registry = make_registry(name="production", url="https://registry.example.com")
    observe(registry, "team/app", {"v1": 1, "v1.1": 2, "latest": 2})
    observe(registry, "team/web", {"v1": 3})
    return registry


@pytest.fixture
def viewer(page: Page, live_server: LiveServer, sign_in: SignIn, production: Registry) -> Page:
    sign_in(page.context, Role.VIEWER)
    page.goto(f"{live_server.url}/inventory")
    return page


def test_results_appear_while_typing_and_the_url_is_updated(viewer: Page) -> None:
    asked: list[Request] = []
    viewer.on("request", lambda sent: asked.append(sent) if "/inventory?" in sent.url else None)
    field = viewer.get_by_label("Repository, tag or digest")

    field.press_sequentially("v1.1", delay=5)

    expect(viewer.get_by_role("link", name="team/app:v1.1")).to_be_visible()
    expect(viewer.get_by_role("link", name="team/web:v1", exact=True)).to_be_hidden()
    expect(viewer.get_by_role("status").filter(has_text="1 image")).to_be_visible()
    expect(field).to_be_focused()
    expect(viewer).to_have_url(re.compile(r"/inventory\?q=v1\.1$"))
    assert len(asked) < len("v1.1")

    viewer.reload()
    expect(field).to_have_value("v1.1")
    expect(viewer.get_by_role("link", name="team/app:v1.1")).to_be_visible()


def test_filters_apply_immediately(viewer: Page, production: Registry) -> None:
    observe(make_registry(name="mirror"), "copies/app", {"v1": 1})
    remove(
        [Image.objects.get(tag="v1", repository__name="team/web").pk],
        RemovedReason.GONE,
        author(production),
    )
    viewer.get_by_label("Repository, tag or digest").fill(":v1")
    expect(viewer.get_by_role("link", name="copies/app:v1")).to_be_visible()

    viewer.get_by_label("Registry", exact=True).fill("produc")
    viewer.get_by_label("Registry", exact=True).press("Tab")
    expect(viewer.get_by_role("link", name="copies/app:v1")).to_be_hidden()
    expect(viewer.get_by_role("link", name="team/app:v1", exact=True)).to_be_visible()

    viewer.get_by_label("State").select_option(label="Removed")
    expect(viewer.get_by_role("link", name="team/web:v1")).to_be_visible()
    expect(viewer.get_by_role("link", name="team/app:v1", exact=True)).to_be_hidden()

    viewer.get_by_label("Registry", exact=True).fill("nowhere")
    viewer.get_by_label("Registry", exact=True).press("Tab")
    expect(viewer.get_by_role("alert")).to_contain_text("No registry has this in its name.")


def test_arrow_keys_move_between_the_field_and_the_results(viewer: Page) -> None:
    field = viewer.get_by_label("Repository, tag or digest")
    field.fill("app:v")
    first = viewer.get_by_role("link", name="team/app:v1", exact=True)
    expect(first).to_be_visible()
    expect(viewer.get_by_role("link", name="team/app", exact=True)).to_be_visible()

    field.press("ArrowDown")
    expect(viewer.get_by_role("link", name="team/app", exact=True)).to_be_focused()
    viewer.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    viewer.keyboard.press("ArrowUp")
    viewer.keyboard.press("ArrowUp")
    expect(field).to_be_focused()

    field.press("ArrowDown")
    viewer.keyboard.press("ArrowDown")
    viewer.keyboard.press("Enter")
    expect(viewer.get_by_role("heading", name="v1", exact=True)).to_be_visible()


def test_the_header_finds_a_pasted_pull_reference(viewer: Page, live_server: LiveServer) -> None:
    viewer.goto(f"{live_server.url}/changes")
    viewer.get_by_label("Search every registry").fill("registry.example.com/team/app:v1.1")
    viewer.keyboard.press("Enter")

    viewer.get_by_role("link", name="team/app:v1.1").click()
    pull = viewer.get_by_text(f"registry.example.com/team/app@{digest_of(2)}")
    expect(pull).to_be_visible()
    expect(viewer.get_by_role("link", name="team/app:latest")).to_be_visible()


def test_the_timeline_shows_every_move_of_a_tag(
    viewer: Page, live_server: LiveServer, production: Registry
) -> None:
    observe(production, "team/app", {"v1": 9}, run_id=72)
    viewer.goto(f"{live_server.url}/images/{Image.objects.filter(tag='v1').earliest('pk').pk}")

    events = viewer.get_by_role("region", name="History").get_by_role("listitem")
    expect(events).to_have_count(2)
    expect(events.first).to_contain_text("Moved")
    expect(events.first).to_contain_text("run 72")
    expect(events.first.get_by_title(digest_of(9))).to_be_visible()
    expect(events.last).to_contain_text("Added")


def test_a_pull_reference_is_copied(viewer: Page, live_server: LiveServer) -> None:
    viewer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    image = Image.objects.get(tag="latest")
    viewer.goto(f"{live_server.url}/repositories/{image.repository_id}")

    viewer.get_by_label("Part of a tag").fill("late")
    expect(viewer.get_by_role("link", name="v1.1", exact=True).first).to_be_visible()
    copy = viewer.get_by_role("button", name="Copy pull reference of latest")
    copy.click()

    expect(copy).to_have_text("Copied")
    copied = viewer.evaluate("navigator.clipboard.readText()")
    assert copied == "registry.example.com/team/app:latest"


def test_tags_are_sorted_and_filtered_in_place(viewer: Page, production: Registry) -> None:
    Image.objects.filter(tag="v1.1").update(size=10)
    signature = digest_of(1).replace(":", "-") + ".sig"
    observe(production, "team/app", {signature: 7})
    viewer.get_by_role("link", name="team/app", exact=True).click()
    tags = viewer.locator("#tag-rows tbody tr")
    expect(tags).to_have_count(3)
    expect(viewer.get_by_role("link", name="Signature")).to_be_visible()

    viewer.get_by_label("Sort").select_option(label="Largest first")
    expect(tags.first).to_contain_text("v1.1")
    viewer.get_by_label("Show").select_option(label="Signatures and attestations")
    expect(tags).to_have_count(1)
    expect(tags.first).to_contain_text(signature)
    expect(viewer).to_have_url(re.compile("show=companions"))


def test_changes_are_filtered_and_exported_as_shown(
    viewer: Page, live_server: LiveServer, production: Registry
) -> None:
    observe(production, "team/app", {"v1": 9}, run_id=72)
    viewer.goto(f"{live_server.url}/changes")
    rows = viewer.locator("#feed tbody tr")
    expect(rows).to_have_count(5)

    viewer.get_by_label("Change", exact=True).select_option(label="Moved")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("team/app:v1")
    with viewer.expect_download() as started:
        viewer.get_by_role("link", name="Export changes as CSV").click()
    with Path(started.value.path()).open(newline="", encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert (row["kind"], row["tag"], row["newDigest"]) == ("moved", "v1", digest_of(9))
    assert re.fullmatch(r"harborguard-changes-[\d-]+\.csv", started.value.suggested_filename)

    viewer.get_by_role("link", name="Clear filters").click()
    viewer.get_by_label("From").fill("2999-01-01")
    expect(viewer.get_by_text("No matching changes")).to_be_visible()


def test_new_changes_appear_automatically(
    page: Page, live_server: LiveServer, sign_in: SignIn, production: Registry
) -> None:
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    page.goto(f"{live_server.url}/changes")
    rows = page.locator("#feed tbody tr")
    expect(rows).to_have_count(4)

    observe(production, "team/new", {"v1": 1})
    page.clock.run_for(31_000)
    expect(rows).to_have_count(5)
    page.get_by_label("Change", exact=True).select_option(label="Added")
    expect(page).to_have_url(re.compile("kind=added"))
    observe(production, "team/newest", {"v1": 1})
    page.clock.run_for(61_000)
    expect(rows).to_have_count(5)


def test_it_works_without_scripts(
    chromium: Browser, live_server: LiveServer, sign_in: SignIn, production: Registry
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    sign_in(context, Role.VIEWER)
    page = context.new_page()
    page.goto(f"{live_server.url}/inventory")

    page.get_by_label("Repository, tag or digest").fill("v1")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="team/web:v1")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Export images as JSON").click()
    images = json.loads(Path(started.value.path()).read_text(encoding="utf-8"))
    assert [image["tag"] for image in images] == ["v1", "v1", "v1.1"]
    page.get_by_role("link", name="team/app:v1", exact=True).click()
    page.get_by_role("link", name="team/app", exact=True).click()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_label("Sort").select_option(label="By tag")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#tag-rows tbody tr").first).to_contain_text("latest")
    page.get_by_role("link", name="All changes in this repository").click()
    page.get_by_label("Change", exact=True).select_option(label="Moved")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("No matching changes")).to_be_visible()
    context.close()
