"""Dry runs, in a real browser, with a real registry."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from registries.models import Registry
from sync.dry_runs import lifecycle
from sync.dry_runs import pipeline as dry_runs
from sync.models import DryRun, State
from sync.services import connecting
from tests.browser.conftest import SignIn
from tests.factories import SOMEBODY
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def service(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    service = docker_registry()
    service.seed(["team/app"], ["v1", "v2", "nightly-1"])
    return service


@pytest.fixture
def registry(service: DockerRegistry) -> Registry:
    registry = connect(service, name="ours")
    sync(registry)
    service.push_image("team/app", "v2", seed="moved")
    service.push_image("team/web", "v9", seed="new")
    return registry


def work() -> None:
    """Do the queued dry run, as a worker would."""
    dry_runs.carry_out(DryRun.objects.get(state=State.QUEUED).pk)


def test_filters_are_tried_reviewed_and_applied(
    page: Page, live_server: LiveServer, sign_in: SignIn, registry: Registry
) -> None:
    before = inventory_of(registry)
    sign_in(page.context, Role.ADMIN)
    page.goto(f"{live_server.url}/registries/{registry.pk}/dry-run")
    page.get_by_label("Exclude tags").fill("nightly-*")
    page.get_by_label("Schedule").select_option("weekly")
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("#dry-run")).to_contain_text(
        "The dry run starts as soon as a worker is available"
    )
    work()
    expect(page.get_by_role("heading", name="3 changes")).to_be_visible()
    rows = page.locator("#difference-list tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="team/app:nightly-1")).to_contain_text("outside the filters")
    expect(rows.filter(has_text="team/app:v2")).to_contain_text("Moved")
    expect(rows.filter(has_text="team/web:v9")).to_contain_text("Added")
    settings = page.get_by_role("region", name="Proposed settings")
    expect(settings).to_contain_text("nightly-*")
    assert inventory_of(registry) == before

    page.get_by_label("Kind of change").select_option("moved")
    expect(rows).to_have_count(1)
    assert "kind=moved" in page.url
    page.reload()
    expect(rows).to_have_count(1)
    page.get_by_label("Kind of change").select_option("")
    page.get_by_label("Repository or tag").fill("WEB")
    expect(rows).to_have_count(1)

    page.get_by_role("button", name="Apply settings").click()
    expect(page.get_by_text("Saved. The next sync uses the new settings")).to_be_visible()
    changed = Registry.objects.get()
    assert (changed.tag_exclude, changed.schedule) == (["nightly-*"], "weekly")
    run = sync(changed)
    assert (run.added, run.moved, run.removed) == (1, 1, 1)


def test_polling_stops_with_the_dry_run(
    page: Page, live_server: LiveServer, sign_in: SignIn, registry: Registry
) -> None:
    polls: list[Request] = []
    page.on("request", lambda sent: polls.append(sent) if "/dry-runs/" in sent.url else None)
    queued = lifecycle.request(registry.pk, {})
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    page.goto(f"{live_server.url}/dry-runs/{queued.pk}")
    assert not page.get_by_role("button", name="Stop").is_visible()
    page.clock.run_for(2500)
    dry_runs.carry_out(queued.pk)
    page.clock.run_for(2500)
    expect(page.get_by_role("heading", name="2 changes")).to_be_visible()
    sent = len(polls)
    page.clock.run_for(60_000)
    assert len(polls) == sent


def test_the_focus_stays_during_a_dry_run(
    page: Page, live_server: LiveServer, sign_in: SignIn, registry: Registry
) -> None:
    queued = lifecycle.request(registry.pk, {})
    sign_in(page.context, Role.DEVELOPER)
    page.clock.install()
    page.goto(f"{live_server.url}/dry-runs/{queued.pk}")
    stop = page.get_by_role("button", name="Stop")
    stop.focus()
    for state in (State.RUNNING, State.QUEUED):
        DryRun.objects.update(state=state)
        page.clock.run_for(2500)
        expect(page.locator("#dry-run")).to_contain_text(str(state.label))
        expect(stop).to_be_focused()


def test_earlier_dry_runs_are_listed_on_the_registrys_page(
    page: Page, live_server: LiveServer, sign_in: SignIn, registry: Registry
) -> None:
    sign_in(page.context, Role.ADMIN)
    page.goto(f"{live_server.url}/registries/{registry.pk}")
    page.get_by_role("button", name="Dry run").click()
    work()
    expect(page.get_by_role("heading", name="2 changes")).to_be_visible()
    page.get_by_role("link", name="Dry runs").last.click()
    row = page.locator("tbody tr")
    expect(row).to_contain_text("None")
    expect(row).to_contain_text("1 added, 1 moved")
    page.get_by_role("link", name="Try other settings").click()
    page.get_by_label("Exclude tags").fill("nightly-*")
    page.get_by_role("button", name="Dry run").click()
    work()
    expect(page.get_by_role("heading", name="3 changes")).to_be_visible()
    connecting.change(registry.pk, by=SOMEBODY, repository_exclude=["sandbox/*"])
    page.get_by_role("button", name="Apply settings").click()
    expect(page.get_by_text("These settings cannot be applied:")).to_be_visible()
    page.get_by_role("button", name="Run again").click()
    work()
    page.get_by_role("button", name="Apply settings").click()
    expect(page.get_by_text("Saved. The next sync uses the new settings")).to_be_visible()
    changed = Registry.objects.get()
    assert (changed.tag_exclude, changed.repository_exclude) == (["nightly-*"], ["sandbox/*"])


def test_it_works_without_scripts(
    chromium: Browser, live_server: LiveServer, sign_in: SignIn, registry: Registry
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    sign_in(context, Role.ADMIN)
    page = context.new_page()
    page.goto(f"{live_server.url}/registries/{registry.pk}/dry-run")
    page.get_by_label("Exclude tags").fill("nightly-*")
    page.get_by_role("button", name="Dry run").click()
    work()
    page.get_by_role("link", name="Refresh progress").click()
    expect(page.get_by_role("heading", name="3 changes")).to_be_visible()
    page.get_by_label("Kind of change").select_option("removed")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#difference-list tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Run again").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("The dry run has been stopped.")).to_be_visible()
    context.close()
