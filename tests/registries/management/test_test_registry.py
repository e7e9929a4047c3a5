from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from registries.models import Registry
from registries.transport.endpoint import Credential
from tests.factories import make_registry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect

pytestmark = pytest.mark.django_db
STAGES = ["address", "tls", "api", "credentials", "catalog", "tags"]


def stages(*arguments: str) -> tuple[list[str], str]:
    """The outcome of each stage, and all that was printed."""
    output = StringIO()
    try:
        call_command("test_registry", *arguments, stdout=output)
    except CommandError as error:
        output.write(str(error))
    lines = output.getvalue().splitlines()
    outcomes = [line[13:24].strip() for line in lines if line.split(" ")[0] in STAGES]
    return outcomes, output.getvalue()


def test_every_stage_of_a_good_connection_is_ok(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry("htpasswd")
    service.push_image("team/app", "v1", seed=1)
    connect(service, name="ours", login=Credential(service.username, service.password))
    outcomes, output = stages("ours")
    assert outcomes == ["ok"] * 6
    assert "team/app has 1 tag\n" in output


def test_a_wrong_password_fails_at_the_credentials(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry("htpasswd")
    connect(service, name="ours", login=Credential(service.username, "canary-wrong"))
    outcomes, output = stages("ours")
    assert outcomes == ["ok", "ok", "ok", "FAILED", "not reached", "not reached"]
    assert "authentication_failed" in output
    assert "canary" not in output


def test_a_registry_that_is_down_fails_at_the_address() -> None:
    make_registry(name="ours", url="http://127.0.0.1:1", insecure=True)
    outcomes, output = stages("ours")
    assert outcomes == ["FAILED"] + ["not reached"] * 5
    assert "What to do" in output


def test_an_unknown_ca_fails_at_tls_and_its_certificate_mends_it(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry(tls=True)
    connect(service, name="stranger")
    connect(service, name="known", ca_pem=service.ca_pem)
    outcomes, output = stages("stranger")
    assert outcomes == ["ok", "FAILED"] + ["not reached"] * 4
    assert "tls_not_trusted" in output
    assert stages("known")[0] == ["ok"] * 6


def test_a_token_server_elsewhere_must_be_trusted_first(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry("token")
    connect(service, name="ours", login=Credential(service.username, service.password))
    outcomes, output = stages("ours")
    assert outcomes[3] == "FAILED"
    assert "realm_untrusted" in output
    realm = service.token_server.realm.removesuffix("/token")
    assert f"trust it: test_registry ours --trust-realm {realm}" in output
    assert "trust it once" not in output
    assert stages("ours", "--trust-realm", realm)[0] == ["ok"] * 6
    assert Registry.objects.get().trusted_realms == [realm]


def test_a_credential_that_cannot_be_read_fails_before_anything_is_asked(
    settings: Settings,
) -> None:
    make_registry(name="ours", login=Credential("robot", "canary-secret"))
    settings.CREDENTIAL_KEYS = f"other:{'ab' * 32}"
    outcomes, output = stages("ours")
    assert outcomes == ["not reached"] * 3 + ["FAILED"] + ["not reached"] * 2
    assert "credential_unreadable" in output


def test_an_unknown_name_is_said() -> None:
    assert "No registry is called 'nobody'" in stages("nobody")[1]
