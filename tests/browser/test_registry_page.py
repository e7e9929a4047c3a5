"""A registry's page, in a real browser, with a real registry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from inventory.models import Image
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from sync.enumeration import pipeline
from sync.models import Phase, State, SyncRun
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress, Result
from sync.services import connecting
from tests.browser.conftest import SignIn
from tests.deliveries import webhook
from tests.factories import SOMEBODY, let_lease_run_out, make_claim, make_registry
from tests.pages import hold_everything, observe
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plain_page(chromium: Browser) -> Iterator[Page]:
    """A page in a browser that runs no scripts."""
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture(params=["with scripts", "without scripts"])
def either_page(request: pytest.FixtureRequest) -> Page:
    found: Page = request.getfixturevalue(
        "page" if request.param == "with scripts" else "plain_page"
    )
    return found


def work() -> None:
    """Do the queued run, as a worker would."""
    for _ in pipeline.run(SyncRun.objects.get(state=State.QUEUED).pk):
        pass


def open_registry(page: Page, live_server: LiveServer, registry: Registry) -> None:
    page.goto(live_server.url + reverse("registry-detail", args=[registry.pk]))


def lose_most(service: DockerRegistry, registry: Registry) -> None:
    """Remove so many images that the removal is held."""
    for number in range(30):
        service.push_image("team/app", f"v{number}", seed=number)
    sync(registry)
    observe(registry, "team/lost", {f"t{number}": number for number in range(200)})
    sync(registry)


def test_sync_now_waits_for_the_live_run(
    page: Page, live_server: LiveServer, sign_in: SignIn, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry()
    service.push_image("team/app", "v1", seed=1)
    registry = connect(service)
    sign_in(page.context, Role.DEVELOPER)
    open_registry(page, live_server, registry)
    button = page.get_by_role("button", name="Sync Now")

    button.click()
    expect(page.get_by_text("has been queued")).to_be_visible()
    run = SyncRun.objects.get()
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(f"Sync in progress (run {run.pk}).")
    expect(button).to_be_focused()

    work()
    expect(page.locator("#registry-status")).to_contain_text("Connected")
    expect(page.get_by_role("link", name="team/app")).to_be_visible()
    expect(button).to_be_enabled()
    expect(page.locator("#announcement")).to_have_text("Status: Connected")
    expect(page.locator("#latest-runs")).to_contain_text("Succeeded")


def test_progress_is_shown_and_typed_text_is_kept(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    observe(registry, "team/app", {"v1": 1})
    observe(registry, "other/web", {"v1": 1})
    claim = make_claim(registry)
    sign_in(page.context, Role.ADMIN)
    page.clock.install()
    open_registry(page, live_server, registry)
    status = page.locator("#registry-status")
    expect(status).to_contain_text("Measuring…")
    page.get_by_role("link", name="Edit filters and schedule").click()
    include = page.get_by_label("Include repositories")
    expect(include).to_be_focused()
    include.fill("team/*")

    lifecycle.renew(claim, Progress(Phase.TAGS, 20, 7, tags_seen=91, bytes_read=2048))
    page.clock.run_for(2500)
    expect(status).to_contain_text("reading tags and digests")
    expect(status).to_contain_text("7 of 20 done")
    expect(status).to_contain_text("91")
    expect(page.get_by_role("progressbar", name="Repositories read")).to_have_attribute("max", "20")

    lifecycle.finish(claim, Result(State.SUCCEEDED, Progress(repositories_read=20)))
    page.clock.run_for(2500)
    expect(status).to_contain_text("Connected")
    expect(include).to_have_value("team/*")
    expect(include).to_be_focused()


def test_a_lost_run_enables_the_button_again(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    make_claim(registry)
    sign_in(page.context, Role.DEVELOPER)
    page.clock.install()
    open_registry(page, live_server, registry)
    button = page.get_by_role("button", name="Sync Now")
    expect(button).to_be_disabled()

    let_lease_run_out(registry)
    page.clock.run_for(2500)

    expect(button).to_be_enabled()
    expect(page.locator("#registry-status")).to_contain_text("The worker of this run")


def test_held_removals_are_listed_and_confirmed(
    either_page: Page,
    live_server: LiveServer,
    sign_in: SignIn,
    docker_registry: DockerRegistryFactory,
) -> None:
    page, service = either_page, docker_registry()
    registry = connect(service)
    lose_most(service, registry)
    sign_in(page.context, Role.DEVELOPER)
    open_registry(page, live_server, registry)
    page.get_by_role("link", name="View all 200").click()
    expect(page.get_by_text("t199", exact=True)).to_be_visible()
    open_registry(page, live_server, registry)

    page.get_by_role("button", name="Confirm removals").click()
    expect(page.get_by_text("has been queued")).to_be_visible()
    work()

    page.reload()
    expect(page.get_by_text("kept in the inventory")).to_have_count(0)
    active = Image.objects.filter(registry=registry, removed_at=None)
    assert active.count() == 30


def test_images_held_meanwhile_are_shown_before_they_are_confirmed(
    either_page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    page, registry = either_page, make_registry()
    observe(registry, "team/app", {"v1": 1})
    hold_everything(registry)
    sign_in(page.context, Role.DEVELOPER)
    open_registry(page, live_server, registry)
    observe(registry, "team/web", {"w1": 2})
    hold_everything(registry)

    page.get_by_role("button", name="Confirm removals").click()
    expect(page.get_by_text("are held now than the page showed")).to_be_visible()
    expect(page.get_by_role("heading", name="2 images are missing")).to_be_visible()
    assert not SyncRun.objects.exists()

    page.get_by_role("button", name="Confirm removals").click()
    expect(page.get_by_text("has been queued")).to_be_visible()


def test_the_focus_stays_during_a_sync(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    claim = make_claim(registry)
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    open_registry(page, live_server, registry)
    link = page.locator("#registry-status").get_by_role("link", name=f"Run {claim.run_id}")
    link.focus()
    lifecycle.renew(claim, Progress(Phase.TAGS, 20, 7))
    page.clock.run_for(2500)
    expect(page.locator("#registry-status")).to_contain_text("7 of 20 done")
    expect(link).to_be_focused()


def test_a_concurrent_edit_of_a_filter_is_reported(
    either_page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    page, registry = either_page, make_registry()
    sign_in(page.context, Role.ADMIN)
    open_registry(page, live_server, registry)
    page.get_by_role("link", name="Edit filters and schedule").click()
    page.get_by_label("Exclude tags").fill("mine-*")
    connecting.change(registry.pk, by=SOMEBODY, tag_exclude=["theirs-*"], schedule="weekly")

    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_tag_exclude_error")).to_contain_text("it is now theirs-*")
    expect(page.get_by_role("combobox", name="Schedule")).to_have_value("weekly")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("#connection-card")).to_contain_text("all, without mine-*")
    registry.refresh_from_db()
    assert (registry.tag_exclude, registry.schedule) == (["mine-*"], "weekly")


def test_filters_are_edited_in_place(page: Page, live_server: LiveServer, sign_in: SignIn) -> None:
    registry = make_registry()
    sign_in(page.context, Role.ADMIN)
    open_registry(page, live_server, registry)
    where = page.url

    page.get_by_role("link", name="Edit filters and schedule").click()
    page.get_by_label("Exclude tags").fill("*" * 11)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_tag_exclude_error")).to_contain_text("At most ten")
    page.get_by_label("Exclude tags").fill("*-rc*")
    page.get_by_role("combobox", name="Schedule").select_option("weekly")
    page.get_by_role("button", name="Save").click()

    card = page.locator("#connection-card")
    expect(card).to_contain_text("all, without *-rc*")
    expect(card).to_contain_text("Weekly")
    expect(page.get_by_text("Saved. The next sync uses the new settings.")).to_be_visible()
    expect(page.get_by_role("link", name="Edit filters and schedule")).to_be_focused()
    assert page.url == where
    registry.refresh_from_db()
    assert (registry.tag_exclude, registry.schedule) == (["*-rc*"], "weekly")


def test_filters_are_edited_without_scripts(
    plain_page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    page, registry = plain_page, make_registry()
    sign_in(page.context, Role.ADMIN)
    open_registry(page, live_server, registry)

    page.get_by_role("link", name="Edit filters and schedule").click()
    page.get_by_label("Include tags").fill("v1.*\nv2.*")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("#connection-card")).to_contain_text("v1.*, v2.*")
    assert Registry.objects.get().tag_include == ["v1.*", "v2.*"]


def test_repositories_are_found_while_typing_and_the_url_is_updated(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    observe(registry, "team/tool", {"v1": 1})
    observe(registry, "other/web", {"v1": 1})
    sign_in(page.context, Role.VIEWER)
    open_registry(page, live_server, registry)
    search = page.get_by_label("Search repositories")
    names = page.locator("#repository-list tbody td:first-child")

    search.press_sequentially("TEAM")
    expect(names).to_have_text(["team/app", "team/tool"])
    expect(search).to_be_focused()
    page.get_by_role("link", name="Tags").click()
    expect(names).to_have_text(["team/tool", "team/app"])
    expect(page.get_by_role("columnheader", name="Tags")).to_have_attribute(
        "aria-sort", "ascending"
    )
    expect(page.get_by_role("link", name="Tags")).to_be_focused()

    page.reload()
    expect(names).to_have_text(["team/tool", "team/app"])
    expect(search).to_have_value("TEAM")
    page.get_by_role("link", name="team/app").click()
    page.go_back()
    expect(names).to_have_text(["team/tool", "team/app"])
    expect(page.get_by_role("heading", name=registry.name)).to_be_visible()


def test_a_search_is_kept_when_the_sync_finishes(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    observe(registry, "team/app", {"v1": 1})
    observe(registry, "other/web", {"v1": 1})
    claim = make_claim(registry)
    sign_in(page.context, Role.VIEWER)
    open_registry(page, live_server, registry)
    page.get_by_label("Search repositories").press_sequentially("team")
    names = page.locator("#repository-list tbody td:first-child")
    expect(names).to_have_text(["team/app"])

    observe(registry, "team/new", {"v1": 1})
    lifecycle.finish(claim, Result(State.SUCCEEDED, Progress()))

    expect(names).to_have_text(["team/app", "team/new"])


def test_deleting_requires_the_exact_name(
    either_page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    page, registry = either_page, make_registry(name="Production Harbor")
    sign_in(page.context, Role.ADMIN)
    open_registry(page, live_server, registry)
    page.get_by_role("region", name="Danger zone").get_by_role("link", name="Delete…").click()

    page.get_by_label("Type its name to confirm").fill("production harbor")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#id_name_error")).to_contain_text("Nothing was deleted")
    assert Registry.objects.exists()

    page.get_by_label("Type its name to confirm").fill("Production Harbor")
    page.get_by_role("button", name="Delete").click()
    expect(
        page.get_by_text("Production Harbor and all of its data have been deleted")
    ).to_be_visible()
    assert not Registry.objects.exists()


def test_credentials_are_removed_and_trust_is_ended(
    either_page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    realm = "https://auth.example.com"
    registry = make_registry(login=Login("robot", "secret"), trusted_realms=[realm])
    page = either_page
    sign_in(page.context, Role.ADMIN)
    open_registry(page, live_server, registry)

    page.get_by_role("button", name=f"Remove trust ({realm})").click()
    expect(page.get_by_text("is no longer a trusted token server")).to_be_visible()
    page.get_by_role("button", name="Remove credentials").click()
    expect(page.get_by_text("The credentials have been removed")).to_be_visible()

    assert not Credential.objects.exists()
    assert Registry.objects.get().trusted_realms == []


def test_the_address_of_the_webhook_is_copied(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page.context, Role.DEVELOPER)
    open_registry(page, live_server, registry)
    page.get_by_role("link", name="Setup and deliveries").click()

    button = page.get_by_role("button", name="Copy the URL")
    button.click()

    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == webhook(registry, live_server.url).url


def test_the_address_of_the_webhook_can_be_marked_without_scripts(
    plain_page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    page, registry = plain_page, make_registry()
    sign_in(page.context, Role.DEVELOPER)
    page.goto(live_server.url + reverse("delivery-list", args=[registry.pk]))

    expect(page.locator("#webhook-address")).to_have_text(webhook(registry, live_server.url).url)
    expect(page.get_by_role("button", name="Copy the URL")).to_have_count(0)


def test_a_runs_page_follows_the_run(page: Page, live_server: LiveServer, sign_in: SignIn) -> None:
    registry = make_registry()
    claim = make_claim(registry)
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    page.goto(live_server.url + reverse("run-detail", args=[claim.run_id]))

    lifecycle.renew(claim, Progress(Phase.TAGS, 20, 7))
    page.clock.run_for(2500)
    expect(page.get_by_text("7 of 20 done")).to_be_visible()
    lifecycle.finish(claim, Result(State.SUCCEEDED, Progress(repositories_read=20)))
    page.clock.run_for(2500)
    expect(page.locator("#run")).to_contain_text("Succeeded")


def test_runs_are_filtered_in_place(
    either_page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    page, registry = either_page, make_registry()
    lifecycle.finish(make_claim(registry), Result(State.SUCCEEDED, Progress()))
    sign_in(page.context, Role.VIEWER)
    page.goto(live_server.url + reverse("run-list", args=[registry.pk]))

    page.get_by_label("State").select_option("failed")
    page.get_by_role("button", name="Filter").click()

    expect(page.get_by_text("No matching runs.")).to_be_visible()
    assert "state=failed" in page.url
