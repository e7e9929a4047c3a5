from __future__ import annotations

import json
from typing import Any

import pytest

from harborguard.access.models import AuditEntry, Role
from registries import services
from registries.models import Credential, Registry
from sync.models import SyncRun, Trigger
from tests.api_client import Caller, caller
from tests.factories import make_registry
from tests.services.certificates import CertificateAuthority

pytestmark = pytest.mark.django_db

URL = "/api/registries"
LEAST: dict[str, Any] = {"name": "ours", "url": "registry.example.com"}


@pytest.fixture
def admin() -> Caller:
    return caller(Role.ADMIN)


def test_a_name_and_a_url_are_enough(admin: Caller) -> None:
    answer = admin.post(URL, LEAST, format="json")

    registry = Registry.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"{URL}/{registry.pk}"
    body = answer.json()
    assert body["id"] == registry.pk
    assert body["url"] == "https://registry.example.com"
    assert body["provider"] == "distribution"
    assert body["schedule"] == "daily"
    assert body["tagFilters"] == {"include": ["*"], "exclude": []}
    assert body["credential"] is None
    assert body == admin.get(answer["Location"]).json()


def test_the_first_sync_starts_unless_declined(admin: Caller) -> None:
    body = admin.post(URL, LEAST, format="json").json()
    run = SyncRun.objects.get()
    assert run.trigger == Trigger.CONNECT
    assert (body["status"], body["currentRun"]["id"]) == ("SYNCING", run.pk)

    quiet = {**LEAST, "name": "quiet", "firstSync": False}
    body = admin.post(URL, quiet, format="json").json()
    assert (body["status"], body["currentRun"]) == ("DISCONNECTED", None)
    assert SyncRun.objects.count() == 1


def test_every_setting_is_accepted_and_returned(admin: Caller) -> None:
    whole = {
        "name": "ours",
        "url": "https://registry.example.com:5000",
        "provider": "distribution",
        "insecure": False,
        "caPem": CertificateAuthority().pem.strip(),
        "schedule": "weekly",
        "tagFilters": {"include": ["v*"], "exclude": ["*-rc*"]},
        "repositoryFilters": {"include": ["team/*"], "exclude": ["team/old-*"]},
        "knownRepositories": ["team/app"],
        "trustedRealms": ["https://auth.example.com"],
    }
    login = {"username": "robot", "secret": " canary-secret "}

    body = admin.post(URL, {**whole, "credential": login}, format="json").json()

    assert {name: body[name] for name in whole} == whole
    assert body["credential"]["username"] == "robot"
    stored = services.login_of(Registry.objects.get())
    assert stored is not None
    assert stored.secret == " canary-secret "


def test_a_secret_is_neither_returned_nor_audited(admin: Caller) -> None:
    login = {"username": "robot", "secret": "canary-secret"}

    answer = admin.post(URL, {**LEAST, "credential": login}, format="json")

    assert answer.status_code == 201
    assert "canary" not in answer.content.decode()
    entry = AuditEntry.objects.get(action=AuditEntry.Action.REGISTRY_CONNECTED)
    assert "canary" not in repr(entry.changes)
    assert entry.changes["credential.secret"] == {"from": None, "to": "***"}
    assert entry.actor == admin.key.user.username


def test_a_token_needs_no_user_name(admin: Caller) -> None:
    admin.post(URL, {**LEAST, "credential": {"secret": "canary-secret"}}, format="json")

    assert Credential.objects.get().username == ""


def test_a_name_is_unique(admin: Caller) -> None:
    make_registry(name="ours")

    answer = admin.post(URL, LEAST, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"] == {"name": ["Another connection already has this name."]}
    assert Registry.objects.count() == 1


def test_of_two_concurrent_requests_for_a_name_one_is_rejected(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = Registry.full_clean

    def check_and_lose_the_race(registry: Registry, *args: Any, **kwargs: Any) -> None:
        check(registry, *args, **kwargs)
        Registry.objects.create(name="ours", url="https://rival.example.com")

    monkeypatch.setattr(Registry, "full_clean", check_and_lose_the_race)

    answer = admin.post(URL, LEAST, format="json")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["name"]


def test_a_developer_cannot_connect_a_registry() -> None:
    answer = caller(Role.DEVELOPER).post(URL, LEAST, format="json")

    assert answer.status_code == 403
    assert not Registry.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": ["ours"]}, "name"),
        ({"name": "x" * 5000}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "a\ud800b"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"url": "https://registry.example.com/v2/"}, "url"),
        ({"url": "https://user:canary@registry.example.com"}, "url"),
        ({"url": "http://registry.example.com"}, "url"),
        ({"url": {"a": 1}}, "url"),
        ({"url": "x" * 5000}, "url"),
        ({"provider": "nobody's"}, "provider"),
        ({"provider": ["distribution"]}, "provider"),
        ({"insecure": "yes"}, "insecure"),
        ({"insecure": 1}, "insecure"),
        ({"insecure": True, "url": "https://registry.example.com"}, "url"),
        ({"caPem": "no certificate"}, "caPem"),
        ({"caPem": None}, "caPem"),
        ({"schedule": "hourly"}, "schedule"),
        ({"schedule": True}, "schedule"),
        ({"tagFilters": ["*"]}, "tagFilters"),
        ({"tagFilters": None}, "tagFilters"),
        ({"tagFilters": {"include": "*"}}, "tagFilters.include"),
        ({"tagFilters": {"include": {"a": 1}}}, "tagFilters.include"),
        ({"tagFilters": {"include": ["a\0"]}}, "tagFilters.include.0"),
        ({"tagFilters": {"include": ["ok", 7]}}, "tagFilters.include.1"),
        ({"tagFilters": {"exclude": ["*" * 11]}}, "tagFilters.exclude"),
        ({"tagFilters": {"only": ["*"]}}, "tagFilters.only"),
        ({"repositoryFilters": {"include": ["x"] * 101}}, "repositoryFilters.include"),
        ({"repositoryFilters": {"exclude": ["x" * 256]}}, "repositoryFilters.exclude"),
        ({"knownRepositories": ["No Repository"]}, "knownRepositories"),
        ({"knownRepositories": "team/app"}, "knownRepositories"),
        ({"trustedRealms": ["nowhere"]}, "trustedRealms"),
        ({"credential": "canary"}, "credential"),
        ({"credential": {"username": "robot"}}, "credential.secret"),
        ({"credential": {"secret": ""}}, "credential.secret"),
        ({"credential": {"secret": ["canary"]}}, "credential.secret"),
        ({"credential": {"secret": "canary\r\nHost: x"}}, "credential.secret"),
        ({"credential": {"secret": "canary", "username": "a:b"}}, "credential.username"),
        ({"credential": {"secret": "canary", "username": "a" * 256}}, "credential.username"),
        ({"credential": {"secret": "canary", "token": "canary"}}, "credential.token"),
        ({"credential": {"secret": "canary", "changedAt": None}}, "credential.changedAt"),
        ({"firstSync": "no"}, "firstSync"),
        ({"status": "CONNECTED"}, "status"),
        ({"tag_include": ["*"]}, "tag_include"),
        ({"x" * 5000: 1}, "x" * 100),
    ],
)
def test_an_invalid_field_is_named(admin: Caller, given: dict[str, Any], field: str) -> None:
    answer = admin.post(URL, json.dumps({**LEAST, **given}), content_type="application/json")

    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "validation_failed"
    assert list(body["errors"]) == [field]
    assert "canary" not in answer.content.decode()
    assert not Registry.objects.exists()


@pytest.mark.parametrize(
    ("field", "most", "named"),
    [
        ("knownRepositories", 10_000, "knownRepositories"),
        ("trustedRealms", 100, "trustedRealms"),
        ("tagFilters", 100, "tagFilters.include"),
        ("repositoryFilters", 100, "repositoryFilters.include"),
    ],
)
def test_the_items_of_a_list_that_is_too_long_are_not_validated(
    admin: Caller, field: str, most: int, named: str
) -> None:
    wrong = [1] * (most + 1)
    given = {field: {"include": wrong} if field.endswith("Filters") else wrong}

    answer = admin.post(URL, {**LEAST, **given}, format="json")

    assert answer.status_code == 400
    told = f"Ensure this field has no more than {most} elements."
    assert answer.json()["errors"] == {named: [told]}


def test_a_trusted_token_server_is_stored_as_an_origin_and_once(admin: Caller) -> None:
    realms = ["https://Auth.example.com:443", "https://auth.example.com"]

    body = admin.post(URL, {**LEAST, "trustedRealms": realms}, format="json").json()

    assert body["trustedRealms"] == ["https://auth.example.com"]
    assert body == admin.get(f"{URL}/{body['id']}").json()


def test_every_missing_field_is_named(admin: Caller) -> None:
    assert set(admin.post(URL, {}, format="json").json()["errors"]) == {"name", "url"}


@pytest.mark.parametrize("body", ["[]", '"ours"', "5", "null", '[{"name": "ours"}]'])
def test_a_body_that_is_not_an_object_is_rejected(admin: Caller, body: str) -> None:
    answer = admin.post(URL, body, content_type="application/json")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["body"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "malformed_body"),
        ('{"name": "a", "name": "b"}', "application/json", 400, "malformed_body"),
        ('{"name": NaN}', "application/json", 400, "malformed_body"),
        (b"\xff\xfe", "application/json", 400, "malformed_body"),
        ("[" * 100_000, "application/json", 400, "malformed_body"),
        ('"' + "x" * 3_000_000 + '"', "application/json", 413, "too_large"),
        ("name=ours", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("name: ours", "text/yaml", 415, "unsupported_media_type"),
    ],
    ids=["cut", "duplicate", "NaN", "no UTF-8", "deep", "large", "a form", "YAML"],
)
def test_invalid_or_oversized_json_is_rejected(
    admin: Caller, body: str | bytes, content_type: str, status: int, code: str
) -> None:
    answer = admin.post(URL, body, content_type=content_type)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
