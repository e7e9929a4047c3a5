"""Test Connection and Preview on the connection form."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from harborguard.access.models import AuditEntry, Role
from registries import services
from registries.connection_test import runner
from registries.forms.change_form import ChangeForm
from registries.models import RateLimit, Registry
from registries.transport.endpoint import Credential as Login
from sync.models import SyncRun
from tests.factories import SOMEBODY, make_registry
from tests.pages import signed_in
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.streaming import PIECES, pieces_of
from tests.sync_run import connect

pytestmark = pytest.mark.django_db

TEST = "/registries/connect/test"
PREVIEW = "/registries/connect/preview"


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


def typed(service: DockerRegistry, **more: str) -> dict[str, str]:
    login = {"username": service.username, "password": service.password}
    return {"url": service.url, "insecure": "on", "schedule": "daily", **login, **more}


def edited(registry: Registry, **more: str) -> dict[str, str]:
    form = {"name": registry.name, "url": registry.url, "insecure": "on", "schedule": "daily"}
    return {**form, "provider": "distribution", "username": "robot", **more}


def in_pieces(client: Client, address: str, form: dict[str, str]) -> list[str]:
    return pieces_of(client.post(address, form, headers=PIECES))


def outcomes(text: str) -> list[str]:
    return re.findall(r"</span>(ok|failed|not reached)</span>", text)


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_connection_is_tested_stage_by_stage_without_saving_it(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("htpasswd")
    service.push_image("team/app", "v1", seed=1)

    answer = admin.post(TEST, typed(service), headers=PIECES)
    assert answer.streaming
    pieces = pieces_of(answer)

    assert [piece.count(">ok<") for piece in pieces[2:-1]] == [1] * 6
    assert "under way" in pieces[1]
    assert "All stages passed" in pieces[-1]
    assert not Registry.objects.exists()
    assert not SyncRun.objects.exists()
    assert service.password not in "".join(pieces)
    assert AuditEntry.objects.get(action="registry.tested").changes["outcome"]["to"] == "ok"


def test_no_proxy_or_compression_delays_a_stage(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    answer = admin.post(TEST, typed(docker_registry()), headers=PIECES)
    answer.getvalue()

    assert answer["Content-Encoding"] == "identity"
    assert answer["X-Accel-Buffering"] == "no"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db(transaction=True)  # the end of an answer closes the connection
def test_a_closed_browser_frees_the_slot(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    form = typed(docker_registry())
    for read_before in (0, 3):
        for _ in range(3):
            answer: Any = admin.post(TEST, form, headers=PIECES)
            pieces = iter(answer)
            for _ in range(read_before):
                next(pieces)
            answer.close()

    assert len(in_pieces(admin, TEST, form)) > 2


def test_without_scripts_the_form_shows_the_result_but_not_the_password(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("htpasswd")

    answer = admin.post(TEST, typed(service, password="canary-wrong", tag_exclude="*-rc*"))

    page = answer.content.decode()
    assert outcomes(page) == ["ok", "ok", "ok", "failed", "not reached", "not reached"]
    assert "What to do" in page
    assert answer.context["form"]["tag_exclude"].value() == "*-rc*"
    assert "canary-wrong" not in page
    assert "Enter the password again: it is never sent back to the page." in page


def test_an_invalid_field_is_marked_without_any_request(admin: Client) -> None:
    form = {"url": "https://r.example.com/path", "schedule": "daily", "username": "robot"}

    [piece] = in_pieces(admin, TEST, form)

    assert '<div id="id_url_error">Not a valid registry URL' in piece
    assert '<div id="id_password_error">Enter the password' in piece
    assert "The registry was not called" in piece
    assert "id_name_error" not in piece
    assert not AuditEntry.objects.filter(action="registry.tested").exists()


def test_an_invalid_pattern_is_marked_at_its_field(admin: Client) -> None:
    form = {"url": "https://r.example.com", "schedule": "daily", "tag_include": "*" * 11}

    [piece] = in_pieces(admin, PREVIEW, form)

    assert '<div id="id_tag_include_error">At most ten *' in piece


def test_a_token_server_trusted_on_the_form_is_saved_with_the_connection(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("token")
    service.push_image("team/app", "v1", seed=1)
    realm = service.token_server.realm.removesuffix("/token")
    form = typed(service, name="ours")

    first = "".join(in_pieces(admin, TEST, form))
    assert f'name="trust" value="{realm}"' in first
    assert outcomes(first)[3] == "failed"
    second = "".join(in_pieces(admin, TEST, {**form, "trust": realm}))
    assert outcomes(second) == ["ok"] * 6
    assert f'value="{realm}"' in second
    admin.post(reverse("registry-connect"), {**form, "trust": realm})

    assert Registry.objects.get().trusted_realms == [realm]


def test_only_an_origin_can_be_trusted(admin: Client) -> None:
    form = {"url": "https://r.example.com", "schedule": "daily", "trust": "https://x/y"}

    [piece] = in_pieces(admin, TEST, form)

    assert '<div id="id_trust_error">Token server' in piece


def test_stored_credentials_are_tested_with_the_changes(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("htpasswd")
    registry = connect(service, login=Login(service.username, service.password))
    address = reverse("registry-edit-test", args=[registry.pk])

    pieces = "".join(in_pieces(admin, address, edited(registry, tag_exclude="x")))
    wrong = "".join(in_pieces(admin, address, edited(registry, password="wrong")))

    assert outcomes(pieces) == ["ok"] * 6
    assert outcomes(wrong)[3] == "failed"
    registry.refresh_from_db()
    assert registry.tag_exclude == []


def test_stored_credentials_are_not_sent_to_a_different_registry(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    service, elsewhere = docker_registry("htpasswd"), docker_registry("htpasswd")
    registry = connect(service, login=Login(service.username, service.password))
    address = reverse("registry-edit-test", args=[registry.pk])

    [refused] = in_pieces(admin, address, edited(registry, url=elsewhere.url))
    anonymous = edited(registry, url=elsewhere.url, remove_credential="on")
    outcome = "".join(in_pieces(admin, address, anonymous))

    assert '<div id="id_password_error">The stored credentials belong to the saved URL' in refused
    assert outcomes(outcome)[3] == "failed"
    registry.refresh_from_db()
    assert services.login_of(registry) == Login(service.username, service.password)


def test_a_test_keeps_the_limits_of_the_stored_connection(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    service, elsewhere = docker_registry("htpasswd"), docker_registry()
    registry = connect(service, login=Login(service.username, service.password))
    list(runner.run_test(registry, by=SOMEBODY))
    before = set(RateLimit.objects.filter(registries=registry))
    form = edited(registry, url=elsewhere.url, password="other")

    for what in ("test", "preview"):
        in_pieces(admin, reverse(f"registry-edit-{what}", args=[registry.pk]), form)

    assert before
    assert set(RateLimit.objects.filter(registries=registry)) == before


def test_the_audit_log_records_the_registry_and_the_servers_a_test_would_trust(
    admin: Client,
) -> None:
    registry = make_registry(url="http://127.0.0.1:1", insecure=True, login=Login("robot", "s"))
    form = edited(registry, trust="https://token.example.com") | {"name": "somebody else's"}

    in_pieces(admin, reverse("registry-edit-test", args=[registry.pk]), form)

    entry = AuditEntry.objects.get(action="registry.tested")
    assert entry.object_name == registry.name
    assert entry.changes["trustedRealms"]["to"] == ["https://token.example.com"]


def test_credentials_stored_meanwhile_are_not_sent_to_a_different_registry(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = make_registry(url="http://127.0.0.1:1", insecure=True)
    is_valid = ChangeForm.is_valid

    def stored_meanwhile(form: ChangeForm) -> bool:
        services.change(registry.pk, by=SOMEBODY, login=Login("robot", "s"))
        return is_valid(form)

    monkeypatch.setattr(ChangeForm, "is_valid", stored_meanwhile)
    form = edited(registry, url="http://127.0.0.1:2", username="")

    [refused] = in_pieces(admin, reverse("registry-edit-test", args=[registry.pk]), form)

    assert "The stored credentials belong to the saved URL" in refused


def test_trust_does_not_carry_over_to_a_registry_saved_meanwhile(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = {"url": "http://127.0.0.1:1", "insecure": True}
    registry = make_registry(login=Login("a", "b"), trusted_realms=["https://old.example.com"])
    is_valid = ChangeForm.is_valid

    def led_elsewhere_meanwhile(form: ChangeForm) -> bool:
        services.change(registry.pk, by=SOMEBODY, login=Login("robot", "s"), **now)
        return is_valid(form)

    monkeypatch.setattr(ChangeForm, "is_valid", led_elsewhere_meanwhile)
    form = edited(registry, url=str(now["url"]), username="a")

    in_pieces(admin, reverse("registry-edit-test", args=[registry.pk]), form)

    assert "trustedRealms" not in AuditEntry.objects.get(action="registry.tested").changes


def test_a_token_server_trusted_for_a_new_registry_stays_trusted(admin: Client) -> None:
    old, new = "https://old.example.com", "https://new.example.com"
    registry = make_registry(login=Login("robot", "s"), trusted_realms=[old])
    form = edited(registry, url="https://else.example.com", password="t", trust=new)
    del form["insecure"]

    admin.post(reverse("registry-edit", args=[registry.pk]), form)

    registry.refresh_from_db()
    assert registry.trusted_realms == [new]


def test_the_preview_shows_what_is_included_and_excluded(
    admin: Client, docker_registry: DockerRegistryFactory
) -> None:
    service = docker_registry("htpasswd")
    service.push_image("team/app", "v1", seed=1)
    service.push_image("team/app", "v1-rc1", seed=1)
    service.push_image("sandbox/toy", "v1", seed=1)
    form = typed(service, tag_exclude="*-rc*", repository_exclude="sandbox/*")

    [piece] = in_pieces(admin, PREVIEW, form)
    page = admin.post(PREVIEW, form).content.decode()

    for shown in (piece, page):
        assert "1 of 2 repositories, 1 of 2 tags are included." in words(shown)
        assert "Included team/app ✗ Excluded sandbox/toy" in words(shown)
        assert "team/app: 1 of 2 tags ✓ Included v1 ✗ Excluded v1-rc1" in words(shown)
    assert not Registry.objects.exists()


def test_a_failed_preview_says_what_to_check_first(admin: Client) -> None:
    form = {"url": "http://127.0.0.1:1", "insecure": "on", "schedule": "daily"}

    [piece] = in_pieces(admin, PREVIEW, form)

    assert "What to do: Check that the registry is up" in words(piece)
    entry = AuditEntry.objects.get(action="registry.tested")
    assert entry.changes["outcome"]["to"] == "preview, address: network_error"


def test_a_third_concurrent_preview_is_told_to_retry(admin: Client) -> None:
    registry = make_registry()
    held = [runner.run_test(registry, by=SOMEBODY) for _ in range(2)]
    form = {"url": "http://127.0.0.1:1", "insecure": "on", "schedule": "daily"}

    for address in (TEST, PREVIEW):
        [piece] = in_pieces(admin, address, form)
        assert "Try again in a moment" in piece
    for results in held:
        results.close()
