from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from harborguard.access.models import AuditEntry
from harborguard.web.slots import Busy
from registries.connection_test import runner
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from tests.factories import SOMEBODY, make_registry
from tests.fakes.replies import answer_json
from tests.fakes.vendors.distribution import Distribution
from tests.fakes.vendors.harbor import Harbor
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect

pytestmark = pytest.mark.django_db

AWAY = {"url": "http://127.0.0.1:1", "insecure": True}


def trail() -> list[tuple[str, str]]:
    """Return the actors and details of the tests in the audit trail."""
    entries = AuditEntry.objects.filter(action=AuditEntry.Action.REGISTRY_TESTED).order_by("id")
    return [(entry.actor, entry.changes["outcome"]["to"]) for entry in entries]


def test_a_test_is_told_to_the_trail() -> None:
    list(runner.run_test(make_registry(**AWAY), by=SOMEBODY))

    assert trail() == [("somebody", "address: network_error")]


def test_a_test_at_the_command_line_is_too() -> None:
    make_registry(name="ours", **AWAY)

    with pytest.raises(CommandError, match="network_error"):
        call_command("test_registry", "ours")

    [(actor, outcome)] = trail()
    assert actor.endswith("at the command line")
    assert outcome == "address: network_error"


def test_a_login_that_is_given_stands_in_for_the_stored_one(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("htpasswd")
    registry = connect(service, login=Login(service.username, service.password))

    for login in (Login(service.username, "wrong"), None):
        results = list(runner.run_test(registry, by=SOMEBODY, login=login))
        failed = runner.first_failure(results)
        assert failed is not None
        assert failed.code == "authentication_failed"
    assert runner.first_failure(list(runner.run_test(registry, by=SOMEBODY))) is None


def test_a_product_that_was_chosen_by_mistake_is_told_though_all_is_read() -> None:
    with Distribution.serve() as plain:
        plain.fill(1, 1)
        login = Login(plain.username, plain.secret)
        registry = make_registry(url=plain.server.url, insecure=True, provider="nexus", login=login)
        results = list(runner.run_test(registry, by=SOMEBODY))

    assert runner.first_failure(results) is None
    assert "the product's own API refused (Not found: /service/rest/v1/" in results[-1].detail


def test_trusting_tests_before_and_after_in_one_slot(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("token")
    registry = connect(service, login=Login(service.username, service.password))
    realm = service.token_server.realm.removesuffix("/token")

    trusted, results = runner.trust_and_test(registry, realm, by=SOMEBODY)

    assert trusted
    assert runner.first_failure(list(results)) is None
    assert [outcome for _, outcome in trail()] == ["credentials: realm_untrusted", "ok"]


def test_a_slot_is_free_again_after_a_test_that_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = make_registry(**AWAY)

    def break_down(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(runner, "run_staged_test", break_down)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            list(runner.run_test(registry, by=SOMEBODY))


def test_a_connection_is_checked_and_not_saved() -> None:
    registry = runner.unsaved(login=None, url="registry.example.com")

    assert registry.url == "https://registry.example.com"
    assert not Registry.objects.exists()
    with pytest.raises(ValidationError) as refused:
        runner.unsaved(login=Login("a:b", "secret"), url="registry.example.com")
    assert list(refused.value.message_dict) == ["username"]


def test_a_stage_is_told_before_the_next_is_reached(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    results = runner.run_test(connect(service), by=SOMEBODY)

    ended = [next(results) for _ in range(4)]
    service.stop()

    assert [result.outcome for result in (*ended, *results)] == [
        *("ok", "ok", "ok", "ok", "failed", "not_reached")
    ]


def test_a_test_that_nobody_saw_the_end_of_is_told_and_frees_its_slot(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = connect(docker_registry())
    for _ in range(3):
        results = runner.run_test(registry, by=SOMEBODY)
        next(results)
        results.close()

    assert trail() == [("somebody", "abandoned after 1 stages")] * 3


def test_a_test_that_never_began_frees_its_slot() -> None:
    registry = make_registry(**AWAY)
    for _ in range(3):
        results = runner.run_test(registry, by=SOMEBODY)
        results.close()

    assert trail() == []


def test_a_third_test_is_refused_at_once() -> None:
    registry = make_registry(**AWAY)
    under_way = [runner.run_test(registry, by=SOMEBODY) for _ in range(2)]

    with pytest.raises(Busy):
        runner.run_test(registry, by=SOMEBODY)
    for results in under_way:
        results.close()


def test_it_says_when_the_products_own_api_refused_the_tags() -> None:
    with Harbor.serve() as harbor:
        harbor.fill(1, 2)
        [name] = harbor.content
        project, _, repository = name.partition("/")
        path = f"/api/v2.0/projects/{project}/repositories/{repository}/artifacts"
        harbor.server.routes[path] = answer_json({}, 403, {})
        place = {"url": harbor.server.url, "insecure": True, "provider": "harbor"}
        login = Login(harbor.username, harbor.secret)

        *_, tags = runner.run_test(make_registry(**place, login=login), by=SOMEBODY)

    assert tags.outcome == "ok"
    assert "has 2 tags, read by the registry API" in tags.detail
    assert "the product's own API refused (" in tags.detail
