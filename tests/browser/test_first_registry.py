"""A user's first registry, in a browser, on a real registry."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from sync.enumeration import pipeline
from sync.models import Phase, State, SyncRun
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress, Result
from sync.services.deleting import delete_registry
from tests.browser.conftest import SignIn
from tests.factories import SOMEBODY, make_claim, make_registry, make_user
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect

pytestmark = pytest.mark.django_db(transaction=True)


def work() -> None:
    """Be the worker, for the run that waits."""
    for _ in pipeline.run(SyncRun.objects.get(state=State.QUEUED).pk):
        pass


def test_a_registry_is_connected_synced_and_looked_through(
    page: Page, live_server: LiveServer, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("htpasswd")
    digest = service.push_image("team/app", "v1", seed=1)
    make_user(Role.ADMIN, username="ada", password="correct horse")

    page.goto(live_server.url)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="Connect a registry").first.click()
    page.get_by_label("Name", exact=True).fill("ours")
    page.locator("#id_url").fill(service.url)
    page.get_by_label("Plain HTTP").check()
    page.get_by_label("User name").fill(service.username)
    page.get_by_label("Password or token").fill(service.password)
    page.get_by_role("button", name="Connect and sync").click()

    status = page.locator("#registry-status")
    expect(status).to_contain_text("Syncing")
    expect(page.get_by_role("button", name="Sync Now")).to_be_disabled()
    work()
    expect(status).to_contain_text("Connected")
    expect(page.get_by_role("button", name="Sync Now")).to_be_enabled()
    page.get_by_role("link", name="team/app").click()
    expect(page.get_by_title(digest).first).to_have_text(digest)

    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_polling_ends_with_the_sync(page: Page, live_server: LiveServer, sign_in: SignIn) -> None:
    registry = make_registry()
    claim = make_claim(registry)
    polls: list[Request] = []
    page.on("request", lambda sent: polls.append(sent) if "/status" in sent.url else None)
    sign_in(page.context, Role.VIEWER)
    page.clock.install()
    page.goto(f"{live_server.url}/registries/{registry.pk}")

    lifecycle.renew(claim, Progress(Phase.TAGS, repositories_listed=20, repositories_read=7))
    page.clock.run_for(2500)
    expect(page.locator("#registry-status")).to_contain_text("7 of 20 done")
    lifecycle.finish(claim, Result(State.SUCCEEDED, Progress(repositories_read=20)))
    page.clock.run_for(2500)
    expect(page.locator("#registry-status")).to_contain_text("Connected")
    expect(page.get_by_role("link", name=f"Run {claim.run_id}")).to_be_visible()

    sent = len(polls)
    page.clock.run_for(60_000)
    assert len(polls) == sent


def test_testing_a_connection_shows_each_stage_in_its_place(
    page: Page, live_server: LiveServer, sign_in: SignIn, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("token")
    service.push_image("team/app", "v1", seed=1)
    registry = connect(service, login=Login(service.username, service.password))
    sign_in(page.context, Role.ADMIN)
    page.goto(f"{live_server.url}/registries/{registry.pk}")

    page.get_by_role("button", name="Test Connection").click()
    result = page.locator("#test-result")
    expect(result).to_contain_text("Trust it only if you know it")
    page.get_by_role("button", name="Trust http://127.0.0.1").click()

    expect(result).to_contain_text("team/app has 1 tag")
    assert Registry.objects.get().trusted_realms == [
        service.token_server.realm.removesuffix("/token")
    ]
    assert page.url.endswith(f"/registries/{registry.pk}")


def test_it_works_without_scripts(
    chromium: Browser,
    live_server: LiveServer,
    sign_in: SignIn,
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.push_image("team/app", "v1", seed=1)
    context = chromium.new_context(java_script_enabled=False)
    sign_in(context, Role.ADMIN)
    page = context.new_page()

    page.goto(f"{live_server.url}/registries/connect")
    page.get_by_label("Name", exact=True).fill("ours")
    page.locator("#id_url").fill(service.url)
    page.get_by_label("Plain HTTP").check()
    page.get_by_role("button", name="Connect and sync").click()
    work()
    page.reload()
    expect(page.locator("#registry-status")).to_contain_text("Connected")
    page.get_by_role("button", name="Sync Now").click()
    expect(page.get_by_text("A sync of ours has been queued.")).to_be_visible()
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="Connection test")).to_be_visible()
    expect(page.get_by_text("team/app has 1 tag", exact=True)).to_be_visible()
    context.close()


def test_a_server_that_does_not_answer_is_told_of_and_forgotten_when_it_does(
    chromium: Browser, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    make_claim(registry)
    context = chromium.new_context()
    sign_in(context, Role.VIEWER)
    page = context.new_page()
    page.goto(f"{live_server.url}/registries/{registry.pk}")
    notice = page.locator("#connection-notice")

    page.route("**/status*", lambda route: route.abort())
    expect(notice).to_have_text("HarborGuard does not answer. Is it running?")
    page.unroute("**/status*")
    expect(notice).to_be_hidden()
    context.close()


def test_a_registry_that_was_deleted_meanwhile_is_said_to_be_deleted(
    chromium: Browser, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    make_claim(registry)
    context = chromium.new_context()
    sign_in(context, Role.VIEWER)
    page = context.new_page()
    page.goto(f"{live_server.url}/registries/{registry.pk}")

    delete_registry(registry, by=SOMEBODY)

    notice = page.locator("#connection-notice")
    expect(notice).to_have_text("This registry has been deleted.")
    context.close()


def test_a_session_that_ends_while_the_page_polls_leads_to_the_login(
    page: Page, live_server: LiveServer, sign_in: SignIn
) -> None:
    registry = make_registry()
    make_claim(registry)
    sign_in(page.context, Role.VIEWER)
    page.goto(f"{live_server.url}/registries/{registry.pk}")

    page.context.clear_cookies()

    page.wait_for_url(f"**/login?next=/registries/{registry.pk}")
