from __future__ import annotations

from typing import Any

import pytest

from harborguard.access.models import AuditEntry, Role
from registries import services
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from tests.api_client import Caller, caller
from tests.factories import make_claim, make_registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Caller:
    return caller(Role.ADMIN)


@pytest.fixture
def registry() -> Registry:
    return make_registry(
        name="ours",
        login=Login("robot", "canary-secret"),
        tag_include=["v*"],
        tag_exclude=["*-rc*"],
        trusted_realms=["https://auth.example.com"],
    )


def patch(admin: Caller, registry: Registry, **given: Any) -> Any:
    return admin.patch(f"/api/registries/{registry.pk}", given, format="json")


def changes() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=AuditEntry.Action.REGISTRY_CHANGED))


def login_of(registry: Registry) -> Login | None:
    registry.refresh_from_db()
    return services.login_of(registry)


def test_only_given_fields_change(admin: Caller, registry: Registry) -> None:
    before = admin.get(f"/api/registries/{registry.pk}").json()

    answer = patch(admin, registry, name="theirs")

    assert answer.status_code == 200
    assert answer.json() == {**before, "name": "theirs"}
    [entry] = changes()
    assert entry.changes == {"name": {"from": "ours", "to": "theirs"}}


def test_one_member_of_a_filter_keeps_the_other(admin: Caller, registry: Registry) -> None:
    body = patch(admin, registry, tagFilters={"include": ["v1.*"]}).json()

    assert body["tagFilters"] == {"include": ["v1.*"], "exclude": ["*-rc*"]}


def test_an_empty_request_changes_nothing(admin: Caller, registry: Registry) -> None:
    assert patch(admin, registry).status_code == 200
    assert patch(admin, registry, name="ours").status_code == 200
    assert changes() == []


def test_a_new_schedule_sets_the_next_sync(admin: Caller, registry: Registry) -> None:
    assert patch(admin, registry, schedule="manual").json()["nextSyncAt"] is None
    assert patch(admin, registry, schedule="daily").json()["nextSyncAt"] is not None


def test_credentials_that_are_not_given_are_kept(admin: Caller, registry: Registry) -> None:
    patch(admin, registry, schedule="weekly")

    assert login_of(registry) == Login("robot", "canary-secret")


def test_a_new_secret_alone_keeps_the_user_name(admin: Caller, registry: Registry) -> None:
    answer = patch(admin, registry, credential={"secret": "canary-fresh"})

    assert login_of(registry) == Login("robot", "canary-fresh")
    assert "canary" not in answer.content.decode() + repr(changes()[0].changes)


def test_a_user_name_needs_its_secret(admin: Caller, registry: Registry) -> None:
    answer = patch(admin, registry, credential={"username": "other"})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["credential.secret"]


def test_null_removes_the_credentials(admin: Caller, registry: Registry) -> None:
    assert patch(admin, registry, credential=None).json()["credential"] is None
    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"url": "https://elsewhere.example.com"},
        {"url": "http://elsewhere.example.com", "insecure": True},
    ],
)
def test_stored_credentials_are_not_sent_to_a_different_registry(
    admin: Caller, registry: Registry, given: dict[str, Any]
) -> None:
    answer = patch(admin, registry, **given)

    assert answer.status_code == 409
    assert answer.json()["code"] == "credential_needed"
    assert login_of(registry) == Login("robot", "canary-secret")
    assert registry.url != given["url"]
    assert changes() == []


@pytest.mark.parametrize(
    ("credential", "login"),
    [({"secret": "canary-fresh"}, Login("robot", "canary-fresh")), (None, None)],
)
def test_credentials_or_null_allow_a_different_registry(
    admin: Caller, registry: Registry, credential: Any, login: Login | None
) -> None:
    answer = patch(admin, registry, url="https://elsewhere.example.com", credential=credential)

    assert answer.status_code == 200
    assert answer.json()["trustedRealms"] == []
    assert login_of(registry) == login


def test_an_anonymous_connection_can_change_its_registry(admin: Caller) -> None:
    answer = patch(admin, make_registry(), url="https://elsewhere.example.com")

    assert answer.json()["url"] == "https://elsewhere.example.com"


def test_token_servers_of_a_different_registry_are_trusted_in_a_separate_request(
    admin: Caller, registry: Registry
) -> None:
    elsewhere = {"url": "https://elsewhere.example.com", "credential": None}
    realms = {"trustedRealms": ["https://auth.elsewhere.example.com"]}

    answer = patch(admin, registry, **elsewhere, **realms)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["trustedRealms"]
    assert login_of(registry) == Login("robot", "canary-secret")
    assert patch(admin, registry, **elsewhere).status_code == 200
    assert patch(admin, registry, **realms).json()["trustedRealms"] == realms["trustedRealms"]


def test_a_change_of_the_filters_restarts_the_live_run(admin: Caller, registry: Registry) -> None:
    claim = make_claim(registry)

    patch(admin, registry, tagFilters={"exclude": []})

    registry.refresh_from_db()
    assert registry.fence > claim.fence


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "taken"}, "name"),
        ({"url": "https://registry.example.com/path"}, "url"),
        ({"insecure": True}, "url"),
        ({"tagFilters": {"include": ["a" * 300]}}, "tagFilters.include"),
        ({"repositoryFilters": {"exclude": [""]}}, "repositoryFilters.exclude.0"),
        ({"credential": {"secret": "a\nb"}}, "credential.secret"),
        ({"firstSync": True}, "firstSync"),
        ({"id": 5}, "id"),
        ({"health": 100}, "health"),
    ],
)
def test_an_invalid_field_is_named(
    admin: Caller, registry: Registry, given: dict[str, Any], field: str
) -> None:
    make_registry(name="taken")

    answer = patch(admin, registry, **given)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert changes() == []


@pytest.mark.parametrize("unknown", ["4711", "9" * 30, "9" * 5000, "0"])
def test_an_unknown_registry_is_not_found(admin: Caller, unknown: str) -> None:
    for method in (admin.get, admin.patch, admin.delete):
        answer = method(f"/api/registries/{unknown}")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"


def test_a_registry_is_deleted_with_all_of_its_data(admin: Caller, registry: Registry) -> None:
    answer = admin.delete(f"/api/registries/{registry.pk}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert not Registry.objects.exists()
    entry = AuditEntry.objects.get(action=AuditEntry.Action.REGISTRY_DELETED)
    assert (entry.object_id, entry.object_name) == (registry.pk, "ours")
    assert admin.get(f"/api/registries/{registry.pk}").status_code == 404


@pytest.fixture
def hub() -> Registry:
    return make_registry(
        name="hub",
        url="https://docker.io",
        provider="docker-hub",
        options={"namespaces": ["acme"]},
        login=Login("robot", "canary-secret"),
    )


def test_given_options_replace_all_options(admin: Caller, hub: Registry) -> None:
    body = patch(admin, hub, options={"namespaces": ["library"]}).json()

    assert body["options"] == {"namespaces": ["library"]}
    assert login_of(hub) == Login("robot", "canary-secret")


def test_an_option_that_redirects_credentials_requires_new_ones(
    admin: Caller, hub: Registry
) -> None:
    elsewhere = {"api_url": "https://hub.example.com"}

    refused = patch(admin, hub, options=elsewhere)
    assert (refused.status_code, refused.json()["code"]) == (409, "credential_needed")
    assert login_of(hub) == Login("robot", "canary-secret")

    fresh = {"username": "robot", "secret": "another"}
    assert patch(admin, hub, options=elsewhere, credential=fresh).status_code == 200
    assert login_of(hub) == Login("robot", "another")


@pytest.mark.parametrize(
    "options", [{"owners": ["acme"]}, {"namespaces": "acme"}, {"api_url": "http://a.example"}, 7]
)
def test_unknown_options_are_rejected(admin: Caller, hub: Registry, options: Any) -> None:
    answer = patch(admin, hub, options=options)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["options"]
