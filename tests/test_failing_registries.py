"""Each way in which a registry fails ends in the right status, code and hint: nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from inventory.models import Image
from registries.models import Registry, Status
from registries.transport.endpoint import Credential
from sync.models import State, SyncRun
from tests.factories import make_registry
from tests.fakes import replies
from tests.fakes.http_server import FakeServer, Reply, fake_server
from tests.fakes.registry import manifest, paged_catalog, serve_repositories
from tests.services.registry_fixtures import Auth, DockerRegistryFactory
from tests.sync_run import connect, inventory_of, sync

pytestmark = pytest.mark.django_db
NAMES = ["team/one", "team/two", "team/three"]
HINTS = {
    "authentication_failed": "credentials were rotated or have expired",
    "connection_timed_out": "egress firewall rules and DNS resolution",
    "catalog_forbidden": "rely on webhooks",
    "network_error": "Check that the registry is up",
    "tls_not_trusted": "private CA",
}


@pytest.fixture(autouse=True)
def impatient(settings: Settings) -> None:
    settings.REGISTRY_TIMEOUT_SECONDS = 1.0
    settings.REGISTRY_CATALOG_TIMEOUT_SECONDS = 1.0
    settings.REGISTRY_ATTEMPTS = 1


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        serve_repositories(server, NAMES, ["v1", "v2"])
        yield server


@pytest.fixture
def registry(server: FakeServer) -> Registry:
    registry = make_registry(url=server.url, insecure=True)
    assert sync(registry).state == State.SUCCEEDED
    return registry


def failed(registry: Registry, code: str, message: str) -> SyncRun:
    """Sync, and see it fail in the whole way: run, registry, words, and an untouched inventory."""
    before = inventory_of(registry)
    last_success = Registry.objects.get(pk=registry.pk).last_sync_at
    run = sync(registry)
    after = Registry.objects.get(pk=registry.pk)
    assert (run.state, run.error_code) == (State.FAILED, code)
    assert run.error_message.startswith(message)
    assert HINTS.get(code, "") in run.error_hint
    assert run.error_hint
    assert (after.status, after.error_code) == (Status.ERROR, code)
    assert after.last_sync_at == last_success
    assert inventory_of(registry) == before
    assert not Image.objects.exclude(removed_at=None).exists()
    return run


def dripping_json() -> Reply:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"
    return replies.drip(head, b" ")


@pytest.mark.parametrize(
    ("path", "reply", "code", "message"),
    [
        ("/v2/", replies.hang, "connection_timed_out", "Connection timed out"),
        ("/v2/", replies.web_page(), "malformed_response", "Malformed response"),
        ("/v2/", replies.answer(404), "not_a_registry", ""),
        ("/v2/", replies.answer(500), "unexpected_status", "Unexpected status 500"),
        ("/v2/", replies.unauthorized('Basic realm="x"'), "authentication_failed", "Auth"),
        ("/v2/", replies.unauthorized("Bearer"), "challenge_invalid", ""),
        ("/v2/_catalog", replies.hang, "connection_timed_out", "Connection timed out"),
        ("/v2/_catalog", dripping_json(), "connection_timed_out", "Connection timed out"),
        ("/v2/_catalog", replies.web_page(), "malformed_response", "Malformed response"),
        ("/v2/_catalog", replies.answer_json(b"{"), "malformed_response", "Malformed response"),
        ("/v2/_catalog", replies.answer_json([]), "malformed_response", "Malformed response"),
        (
            "/v2/_catalog",
            replies.oci_error(403, "DENIED"),
            "catalog_forbidden",
            "Unexpected status 403 on /v2/_catalog",
        ),
        (
            "/v2/_catalog",
            replies.answer(307, headers={"Location": "https://elsewhere.example.com/"}),
            "redirect_refused",
            "",
        ),
        (
            "/v2/_catalog",
            replies.answer(429, headers={"Retry-After": "7200"}),
            "rate_limited",
            "Rate limited",
        ),
        ("/v2/_catalog", replies.gzip_bomb(), "malformed_response", ""),
        ("/v2/_catalog", replies.endless_body(), "response_too_large", ""),
        ("/v2/_catalog", replies.raw(b"HTTP/1.1 200 OK\r\nContent-Le"), "network_error", "Network"),
    ],
)
def test_a_failure_of_the_whole_registry_fails_the_run(
    registry: Registry, server: FakeServer, path: str, reply: Reply, code: str, message: str
) -> None:
    server.routes[path] = reply
    failed(registry, code, message)


def test_a_registry_that_is_stopped_is_a_network_error_and_comes_back(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    registry = connect(service)
    sync(registry)
    service.stop()
    failed(registry, "network_error", "Network error")
    service.start()
    assert sync(registry).state == State.SUCCEEDED


def test_a_registry_that_hangs_times_out(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    registry = connect(service)
    sync(registry)
    service.pause()
    failed(registry, "connection_timed_out", "Connection timed out")


@pytest.mark.parametrize("auth", ["htpasswd", "token"])
def test_a_wrong_password_is_said_and_never_shown(
    docker_registry: DockerRegistryFactory, auth: Auth
) -> None:
    service = docker_registry(auth)
    service.push_image("team/app", "v1", seed=1)
    realms = [service.token_server.realm.removesuffix("/token")] if auth == "token" else []
    right = Credential(service.username, service.password)
    assert sync(connect(service, login=right, trusted_realms=realms)).state == State.SUCCEEDED
    wrong = Credential(service.username, "canary-secret")
    registry = connect(service, login=wrong, trusted_realms=realms)
    run = failed(registry, "authentication_failed", "Authentication failed")
    assert "canary" not in repr(SyncRun.objects.filter(pk=run.pk).values().get())


def test_a_certificate_of_an_unknown_ca_is_not_trusted(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry(tls=True)
    service.push_image("team/app", "v1", seed=1)
    failed(connect(service), "tls_not_trusted", "")
    trusting = connect(service, ca_pem=service.ca_pem)
    assert sync(trusting).state == State.SUCCEEDED
    assert inventory_of(trusting) == service.inventory()


def test_a_realm_on_another_host_gets_nothing(registry: Registry, server: FakeServer) -> None:
    with fake_server({"*": replies.answer_json({"token": "t"})}) as thief:
        challenge = f'Bearer realm="{thief.url}/token",service="x"'
        server.routes["/v2/"] = replies.unauthorized(challenge)
        failed(registry, "realm_untrusted", "")
        assert thief.connections == 0


def test_a_link_to_another_host_is_not_followed(registry: Registry, server: FakeServer) -> None:
    with fake_server({"*": replies.answer_json({"repositories": []})}) as thief:
        link = {"Link": f'<{thief.url}/v2/_catalog?last=x>; rel="next"'}
        server.routes["/v2/_catalog"] = replies.answer_json({"repositories": NAMES}, headers=link)
        failed(registry, "pagination_untrusted", "")
        assert thief.connections == 0


def test_a_catalog_that_breaks_half_way_keeps_what_was_read_and_removes_nothing(
    registry: Registry, server: FakeServer
) -> None:
    server.routes["/v2/team/one/manifests/v1"] = manifest("sha256:" + "f" * 64)
    first = replies.answer_json(
        {"repositories": ["team/one"]}, headers={"Link": '</v2/_catalog?last=team/one>; rel="next"'}
    )
    server.routes["/v2/_catalog"] = replies.in_turn(first, replies.answer(500))
    run = sync(registry)
    assert (run.state, run.error_code) == (State.FAILED, "unexpected_status")
    assert inventory_of(registry)["team/one"]["v1"] == "sha256:" + "f" * 64
    assert inventory_of(registry).keys() == set(NAMES)


def test_a_catalog_in_pages_of_three_is_read_to_the_end(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry(catalog={"maxentries": 3})
    service.seed([f"app-{number}" for number in range(10)], ["v1"])
    registry = connect(service)
    assert sync(registry).state == State.SUCCEEDED
    assert inventory_of(registry) == service.inventory()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (replies.oci_error(403, "DENIED"), "access_denied"),
        (replies.oci_error(404, "NAME_UNKNOWN"), "not_found"),
        (replies.answer(500), "unexpected_status"),
        (replies.web_page(), "malformed_response"),
        (replies.answer_json({"tags": "abc"}), "malformed_response"),
        (replies.hang, "connection_timed_out"),
        (dripping_json(), "connection_timed_out"),
    ],
)
def test_one_repository_that_fails_does_not_fail_the_others_and_loses_nothing(
    registry: Registry, server: FakeServer, reply: Reply, code: str
) -> None:
    before = inventory_of(registry)
    server.routes["/v2/team/two/tags/list"] = reply
    server.routes["/v2/team/one/manifests/v1"] = manifest("sha256:" + "f" * 64)
    run = sync(registry)
    assert run.state == State.PARTIAL
    assert [(failure["repository"], failure["code"]) for failure in run.failed_repositories] == [
        ("team/two", code)
    ]
    after = Registry.objects.get(pk=registry.pk)
    assert (after.status, after.health) == (Status.CONNECTED, 83)
    assert inventory_of(registry)["team/two"] == before["team/two"]
    assert inventory_of(registry)["team/one"]["v1"] == "sha256:" + "f" * 64


def test_a_registry_of_which_nothing_can_be_read_has_failed(
    registry: Registry, server: FakeServer
) -> None:
    for name in NAMES:
        server.routes[f"/v2/{name}/tags/list"] = replies.oci_error(403, "DENIED")
    failed(registry, "access_denied", "")


@pytest.mark.parametrize(
    "reply",
    [
        replies.answer(500),
        replies.oci_error(403, "DENIED"),
        replies.web_page(404),
        manifest("sha256:../../etc"),
    ],
)
def test_a_digest_that_cannot_be_read_keeps_the_old_one(
    registry: Registry, server: FakeServer, reply: Reply
) -> None:
    before = inventory_of(registry)
    server.routes["/v2/team/two/manifests/v1"] = reply
    assert sync(registry).state == State.PARTIAL
    assert inventory_of(registry) == before


def test_a_media_type_of_any_length_fails_nothing(registry: Registry, server: FakeServer) -> None:
    headers = {"Docker-Content-Digest": "sha256:" + "f" * 64, "Content-Type": "a/" + "x" * 120}
    server.routes["/v2/team/one/manifests/v1"] = replies.answer(200, b"{}", headers)
    assert sync(registry).state == State.SUCCEEDED
    image = Image.objects.get(repository__name="team/one", tag="v1")
    assert (image.digest, image.media_type) == ("sha256:" + "f" * 64, "")


def test_a_forbidden_catalog_gives_way_to_the_known_repositories(server: FakeServer) -> None:
    server.routes["/v2/_catalog"] = replies.oci_error(403, "DENIED")
    registry = make_registry(
        url=server.url, insecure=True, known_repositories=["team/one", "team/two"]
    )
    run = sync(registry)
    assert run.state == State.SUCCEEDED
    assert [warning["code"] for warning in run.warnings] == ["catalog_forbidden"]
    assert inventory_of(registry).keys() == {"team/one", "team/two"}


def test_names_that_are_no_names_are_left_out_and_never_asked_for(
    registry: Registry, server: FakeServer
) -> None:
    odd = ["../../admin", "UPPER", "a?b", "<script>", "null\0", "\ud800", "x" * 5000, "a//b", ""]
    server.routes["/v2/_catalog"] = replies.answer_json({"repositories": [*NAMES, *odd]})
    server.routes["/v2/team/one/tags/list"] = replies.answer_json(
        {"tags": ["v1", "v2", "../x", "a b", "\r\n", "v" * 200]}
    )
    server.requests.clear()
    run = sync(registry)
    assert run.state == State.SUCCEEDED
    assert "rejected_names" in {warning["code"] for warning in run.warnings}
    asked = {request.path.split("/tags/")[0].split("/manifests/")[0] for request in server.requests}
    assert asked == {"/v2/", "/v2/_catalog", *(f"/v2/{name}" for name in NAMES)}
    assert inventory_of(registry).keys() == set(NAMES)


def test_pages_that_never_end_are_not_believed(registry: Registry, server: FakeServer) -> None:
    server.routes["/v2/_catalog"] = replies.answer_json(
        {"repositories": NAMES}, headers={"Link": '</v2/_catalog?last=x>; rel="next"'}
    )
    failed(registry, "pagination_untrusted", "")


def test_a_catalog_of_many_pages_is_read(server: FakeServer) -> None:
    server.routes["/v2/_catalog"] = paged_catalog([[name] for name in NAMES])
    registry = make_registry(url=server.url, insecure=True)
    assert sync(registry).state == State.SUCCEEDED
    assert inventory_of(registry).keys() == set(NAMES)


def test_a_blocked_address_is_not_called(server: FakeServer, settings: Settings) -> None:
    settings.REGISTRY_ALLOW_LOOPBACK = False
    registry = make_registry(url=server.url, insecure=True)
    failed(registry, "address_blocked", "")
    assert server.connections == 0
