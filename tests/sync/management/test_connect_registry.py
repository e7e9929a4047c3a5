from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from registries import services
from registries.models import Registry
from registries.transport.endpoint import Credential
from sync.models import SyncRun

pytestmark = pytest.mark.django_db


def connect_registry(*arguments: str) -> str:
    output = StringIO()
    call_command("connect_registry", *arguments, stdout=output)
    return output.getvalue()


def test_it_saves_the_connection_and_queues_its_first_sync() -> None:
    output = connect_registry("ours", "registry.example.com")
    registry = Registry.objects.get()
    run = SyncRun.objects.get()
    assert (registry.url, registry.schedule) == ("https://registry.example.com", "daily")
    assert (run.registry, run.trigger) == (registry, "connect")
    assert f"run {run.pk}" in output


def test_it_can_leave_the_first_sync_to_the_schedule() -> None:
    connect_registry("ours", "registry.example.com", "--no-sync")
    registry = Registry.objects.get()
    assert not SyncRun.objects.exists()
    assert registry.next_sync_at is not None
    assert registry.next_sync_at > registry.created_at


def test_every_option_reaches_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("canary-secret\n"))
    output = connect_registry(
        *("ours", "localhost:5000", "--provider", "distribution", "--insecure", "--no-sync"),
        *("--username", "robot", "--password-stdin", "--schedule", "weekly"),
        *("--include", "v1.*", "--include", "latest", "--exclude", "*-rc*"),
        *("--include-repository", "team/*", "--exclude-repository", "team/old*"),
        *("--repository", "team/app", "--trust-realm", "https://auth.example.com"),
    )
    registry = Registry.objects.get()
    assert (registry.url, registry.insecure) == ("http://localhost:5000", True)
    assert registry.schedule == "weekly"
    assert (registry.tag_include, registry.tag_exclude) == (["v1.*", "latest"], ["*-rc*"])
    assert registry.repository_include == ["team/*"]
    assert registry.repository_exclude == ["team/old*"]
    assert registry.known_repositories == ["team/app"]
    assert registry.trusted_realms == ["https://auth.example.com"]
    assert services.login_of(registry) == Credential("robot", "canary-secret")
    assert "canary" not in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ours", "ftp://x"], "URL: Not a valid registry URL"),
        (["ours", "http://registry.example.com"], "URL: .*--insecure"),
        (["", "registry.example.com"], "NAME: "),
        (["ours", "r.example.com", "--repository", "../x"], "--repository: "),
        (["ours", "r.example.com", "--trust-realm", "nonsense"], "--trust-realm: "),
        (["ours", "r.example.com", "--ca-file", "/nonexistent.pem"], "--ca-file: cannot read"),
        (["ours", "r.example.com", "--include", ""], "--include: "),
    ],
)
def test_wrong_input_is_named_as_it_was_typed_and_nothing_is_saved(
    arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        connect_registry(*arguments)
    assert not Registry.objects.exists()


@pytest.mark.parametrize("typed", ["", "\n"])
def test_an_empty_password_is_refused(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    with pytest.raises(CommandError, match="password is empty"):
        connect_registry("ours", "r.example.com", "--username", "me", "--password-stdin")
    assert not Registry.objects.exists()


def test_a_ca_file_must_hold_a_certificate(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("hello")
    with pytest.raises(CommandError, match="--ca-file: Not a PEM certificate"):
        connect_registry("ours", "r.example.com", "--ca-file", str(path))


def test_what_the_product_asks_for_is_given_as_options() -> None:
    connect_registry(
        *("hub", "docker.io", "--no-sync"),
        *("--option", "namespaces=acme", "--option", "namespaces=library"),
        *("--option", "api_url=https://hub.example.com"),
    )
    registry = Registry.objects.get()
    assert registry.provider == "docker-hub"
    assert registry.options == {
        "namespaces": ["acme", "library"],
        "api_url": "https://hub.example.com",
    }


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("namespaces", "--option: write 'namespaces' as NAME=VALUE"),
        ("owners=acme", "--option: Unknown option 'owners'"),
        ("namespaces=a/../b", "--option: namespaces: 'a/../b' is not a valid name"),
    ],
)
def test_an_option_that_is_wrong_is_named(option: str, complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        connect_registry("hub", "docker.io", "--option", option)
