"""The connect wizard from an empty form to the first sync, in a browser, on real registries."""

from __future__ import annotations

import threading

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from sync.enumeration import pipeline
from sync.models import State, SyncRun
from tests.browser.conftest import SignIn
from tests.browser.test_every_page import faults_of
from tests.fakes.http_server import Request, fake_server
from tests.fakes.registry import serve_repositories
from tests.fakes.replies import answer_json, in_turn, unauthorized
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wizard(page: Page, live_server: LiveServer, sign_in: SignIn) -> Page:
    sign_in(page.context, Role.ADMIN)
    page.goto(f"{live_server.url}/registries/connect")
    return page


def fill(page: Page, service: DockerRegistry, password: str = "") -> None:
    page.locator("#id_url").fill(service.url)
    page.get_by_label("Plain HTTP").check()
    page.get_by_label("User name").fill(service.username)
    page.get_by_label("Password or token").fill(password or service.password)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def stage(page: Page, name: str) -> Locator:
    return page.locator(f"#stage-{name}")


def work() -> None:
    """Be the worker, for the run that waits."""
    for _ in pipeline.run(SyncRun.objects.get(state=State.QUEUED).pk):
        pass


def test_the_product_is_recognised_while_its_address_is_typed(wizard: Page) -> None:
    wizard.get_by_label("Exclude tags").fill("*-rc*")
    wizard.get_by_label("User name").fill("robot")
    wizard.locator("#id_url").press_sequentially("docker.io")

    expect(wizard.locator("#product-note")).to_have_text("Detected from the URL: Docker Hub.")
    expect(wizard.get_by_label("Docker ID or organization")).to_have_value("robot")
    expect(wizard.locator("#id_url")).to_be_focused()
    expect(wizard.get_by_label("Exclude tags")).to_have_value("*-rc*")
    wizard.get_by_label("Namespaces").fill("acme")

    wizard.get_by_label("Provider").select_option("Quay")
    expect(wizard.get_by_label("API URL")).to_be_hidden()
    expect(wizard.get_by_label("Namespaces")).to_have_value("acme")
    wizard.get_by_label("Provider").select_option("Google Artifact Registry")
    wizard.get_by_label("Key or token").fill("{\n  a key\n}")
    expect(wizard.locator("textarea[name=password]")).to_have_value("{\n  a key\n}")
    assert not Registry.objects.exists()


def test_a_registry_is_tried_trusted_and_connected_and_no_secret_leaves_the_form(
    wizard: Page,
    docker_registry: DockerRegistryFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = docker_registry("token")
    service.push_image("team/app", "v1", seed=1)
    sent: list[str] = []
    wizard.on("request", lambda request: sent.append(request.url))
    login = f"robot:{service.password}@"
    wizard.locator("#id_url").press_sequentially(f"http://{login}127.0.0.1:{service.port}")
    expect(wizard.locator("#product-note")).to_contain_text("using the generic OCI API")
    fill(wizard, service)

    press(wizard, "Test Connection")
    expect(stage(wizard, "credentials")).to_contain_text("failed")
    press(wizard, "Trust http://127.0.0.1")
    expect(wizard.locator("#test-end")).to_have_text("All stages passed.")
    expect(stage(wizard, "tags")).to_contain_text("team/app has 1 tag")
    assert not Registry.objects.exists()
    wizard.get_by_label("Name", exact=True).fill("ours")
    press(wizard, "Connect and sync")

    status = wizard.locator("#registry-status")
    expect(status).to_contain_text("Syncing")
    work()
    expect(status).to_contain_text("Connected")
    assert len(sent) > 5
    assert service.password not in " ".join([*sent, caplog.text, wizard.content()])


def test_stages_are_shown_as_they_end(wizard: Page) -> None:
    may_answer = threading.Event()

    def token(connection: object, request: Request) -> bool | None:
        may_answer.wait(20)
        return answer_json({"token": "t"})(connection, request)  # type: ignore[arg-type]

    with fake_server() as server:
        serve_repositories(server, ["team/app"], ["v1"])
        challenge = f'Bearer realm="{server.url}/token",service="s"'
        server.routes["/v2/"] = in_turn(unauthorized(challenge), answer_json({}))
        server.routes["/token"] = token
        wizard.locator("#id_url").fill(server.url)
        wizard.get_by_label("Plain HTTP").check()
        press(wizard, "Test Connection")

        expect(stage(wizard, "tls")).to_contain_text("ok")
        expect(stage(wizard, "api")).to_contain_text("under way")
        expect(stage(wizard, "tags")).to_contain_text("waiting")
        may_answer.set()
        expect(stage(wizard, "tags")).to_contain_text("team/app has 1 tag")


def test_the_stage_that_fails_says_what_to_check_first(
    wizard: Page, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("htpasswd")
    fill(wizard, service, "wrong")

    press(wizard, "Test Connection")

    expect(stage(wizard, "credentials")).to_contain_text(
        "What to do: Check whether the credentials were rotated"
    )
    expect(stage(wizard, "catalog")).to_contain_text("not reached")
    expect(wizard.locator("#test-end")).to_have_text("The test failed at Credentials.")
    expect(wizard.get_by_label("Password or token")).to_have_value("wrong")
    assert faults_of(wizard) == []


def test_a_wrong_field_gets_the_cursor_and_loses_its_mark_when_it_is_right(
    wizard: Page, docker_registry: DockerRegistryFactory
) -> None:
    fill(wizard, docker_registry("htpasswd"))
    wizard.get_by_label("Exclude tags").fill("*" * 11)

    press(wizard, "Preview filters")
    field = wizard.get_by_label("Exclude tags")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(wizard.get_by_role("alert").first).to_contain_text("At most ten *")
    assert faults_of(wizard) == []

    field.fill("*-rc*")
    press(wizard, "Preview filters")
    expect(wizard.locator("#preview")).to_contain_text("0 of 0 repositories")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(wizard.locator("#form-errors")).to_be_empty()


def test_what_is_wrong_is_seen_where_it_was_folded_away_and_an_older_result_is_not(
    wizard: Page, docker_registry: DockerRegistryFactory
) -> None:
    fill(wizard, docker_registry("htpasswd"))
    press(wizard, "Test Connection")
    expect(wizard.locator("#test-end")).to_have_text("All stages passed.")
    wizard.get_by_text("Private CA", exact=True).click()
    wizard.get_by_label("CA certificates").fill("none")
    wizard.get_by_text("Private CA", exact=True).click()

    press(wizard, "Test Connection")

    expect(wizard.get_by_label("CA certificates")).to_be_focused()
    expect(wizard.locator("#id_ca_pem_error")).to_contain_text("Not a PEM certificate")
    expect(wizard.locator("#test-result")).to_be_empty()


def test_the_button_that_has_gone_leaves_the_focus_to_the_test(
    wizard: Page, docker_registry: DockerRegistryFactory
) -> None:
    fill(wizard, docker_registry("token"))
    press(wizard, "Test Connection")
    press(wizard, "Trust http://127.0.0.1")

    expect(wizard.locator("#test-end")).to_have_text("All stages passed.")
    expect(wizard.get_by_role("button", name="Test Connection")).to_be_focused()


def test_filters_are_tried_on_what_the_registry_holds(
    wizard: Page, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("htpasswd")
    for tag in ("v1", "v2-rc1"):
        service.push_image("team/app", tag, seed=1)
    service.push_image("sandbox/toy", "v1", seed=1)
    wizard.emulate_media(color_scheme="dark")
    wizard.reload()
    fill(wizard, service)
    preview = wizard.locator("#preview")

    press(wizard, "Preview filters")
    expect(preview).to_contain_text("2 of 2 repositories, 3 of 3 tags")
    wizard.get_by_label("Exclude repositories").fill("sandbox/*")
    wizard.get_by_label("Exclude tags").fill("*-rc*")
    press(wizard, "Preview filters")

    expect(preview).to_contain_text("1 of 2 repositories, 1 of 2 tags")
    expect(preview.locator(".left-out").get_by_text("v2-rc1")).to_be_visible()
    assert faults_of(wizard) == []


def test_it_works_without_scripts(
    chromium: Browser,
    live_server: LiveServer,
    sign_in: SignIn,
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("htpasswd")
    service.push_image("team/app", "v1", seed=1)
    context = chromium.new_context(java_script_enabled=False)
    sign_in(context, Role.ADMIN)
    page = context.new_page()
    page.goto(f"{live_server.url}/registries/connect")

    page.locator("#id_url").fill("docker.io")
    press(page, "Show fields")
    expect(page.get_by_label("Namespaces")).to_be_visible()
    page.locator("#id_url").fill(service.url)
    press(page, "Show fields")
    expect(page.get_by_label("Namespaces")).to_be_hidden()
    fill(page, service)
    page.get_by_label("Name", exact=True).fill("ours")
    press(page, "Test Connection")
    expect(page.get_by_text("All stages passed.")).to_be_visible()
    expect(page.get_by_text("never sent back to the page")).to_be_visible()
    page.get_by_label("Password or token").fill(service.password)
    page.get_by_label("Exclude tags").fill("v*")
    press(page, "Preview filters")
    expect(page.locator("#preview")).to_contain_text("1 of 1 repositories, 0 of 1 tags")

    page.get_by_label("Exclude tags").fill("")
    page.get_by_label("Password or token").fill(service.password)
    page.get_by_label("Password or token").press("Enter")
    work()
    page.reload()
    expect(page.locator("#registry-status")).to_contain_text("Connected")
    context.close()


def test_a_change_is_tried_with_the_stored_credential(
    page: Page,
    live_server: LiveServer,
    sign_in: SignIn,
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("htpasswd")
    service.push_image("team/app", "v1", seed=1)
    registry = connect(service, login=Login(service.username, service.password))
    sign_in(page.context, Role.ADMIN)
    page.goto(f"{live_server.url}/registries/{registry.pk}/edit")

    page.get_by_label("Exclude tags").fill("v*")
    press(page, "Preview filters")
    expect(page.locator("#preview")).to_contain_text("0 of 1 tags")
    page.locator("#id_url").fill(service.url.replace("127.0.0.1", "localhost"))
    press(page, "Test Connection")

    expect(page.locator("#id_password_error")).to_contain_text("belong to the saved URL")
    expect(page.get_by_label("Password or token")).to_be_focused()


def test_what_is_typed_stays_when_the_session_is_over(wizard: Page) -> None:
    wizard.locator("#id_url").fill("http://127.0.0.1:1")
    wizard.get_by_label("Plain HTTP").check()
    expect(wizard.locator("#product-note")).to_contain_text("using the generic OCI API")
    wizard.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

    press(wizard, "Test Connection")

    expect(wizard.locator("#test-result")).to_contain_text("You are signed out.")
    expect(wizard.locator("#id_url")).to_have_value("http://127.0.0.1:1")
