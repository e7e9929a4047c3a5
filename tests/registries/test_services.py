from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from registries import services
from registries.errors import CredentialUnreadable
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from tests.factories import SOMEBODY, make_registry

pytestmark = pytest.mark.django_db
LOGIN = Login("robot", "canary-secret")


def reloaded(registry: Registry) -> Registry:
    return Registry.objects.get(pk=registry.pk)


def test_a_login_comes_back_as_it_was_given() -> None:
    registry = make_registry(login=LOGIN)
    assert services.login_of(registry) == LOGIN


def test_a_connection_without_a_login_is_anonymous() -> None:
    assert services.login_of(make_registry()) is None


def test_the_database_holds_no_secret_in_clear() -> None:
    make_registry(login=LOGIN)
    stored = Credential.objects.values().get()
    assert "canary" not in repr(stored)


def test_a_login_does_not_show_its_secret() -> None:
    assert "canary" not in repr(LOGIN)


@pytest.mark.parametrize(
    "edit",
    [
        {"url": "https://evil.example.com"},
        {"url": "http://plain.example.com", "insecure": True},
        {"url": "https://elsewhere.example.com:5000"},
    ],
)
def test_an_edit_of_the_place_drops_the_login_and_trusted_realms(edit: dict[str, Any]) -> None:
    registry = make_registry(login=LOGIN, trusted_realms=["https://auth.example.com"])
    change = services.change(reloaded(registry), by=SOMEBODY, **edit)
    assert change.dropped_credential
    assert services.login_of(reloaded(registry)) is None
    assert reloaded(registry).trusted_realms == []


def test_an_edit_that_spells_the_same_place_otherwise_keeps_the_login() -> None:
    registry = make_registry(url="https://registry.example.com", login=LOGIN)
    change = services.change(reloaded(registry), url="Registry.example.com:443/", by=SOMEBODY)
    assert change.fields == frozenset()
    assert services.login_of(reloaded(registry)) == LOGIN


def test_an_edit_of_filters_keeps_the_login_and_shuts_the_run_out() -> None:
    registry = make_registry(login=LOGIN)
    fence = reloaded(registry).fence
    assert not services.change(
        reloaded(registry), tag_exclude=["*-rc*"], by=SOMEBODY
    ).dropped_credential
    assert reloaded(registry).fence > fence
    assert services.login_of(reloaded(registry)) == LOGIN


def test_an_edit_of_the_schedule_does_not_disturb_a_run() -> None:
    registry = make_registry()
    fence = reloaded(registry).fence
    services.change(reloaded(registry), schedule="weekly", by=SOMEBODY)
    assert reloaded(registry).fence == fence


def test_an_envelope_put_onto_another_row_does_not_open() -> None:
    victim, thief = make_registry(login=LOGIN), make_registry(login=Login("me", "mine"))
    stolen = Credential.objects.get(registry=victim).envelope
    Credential.objects.filter(registry=thief).update(envelope=stolen)
    with pytest.raises(CredentialUnreadable):
        services.login_of(thief)


def test_an_url_changed_behind_our_back_does_not_get_the_login() -> None:
    registry = make_registry(login=LOGIN)
    Registry.objects.filter(pk=registry.pk).update(url="https://evil.example.com")
    with pytest.raises(CredentialUnreadable):
        services.login_of(reloaded(registry))


def test_rotation_moves_a_credential_to_the_active_key(settings: Settings) -> None:
    registry = make_registry(login=LOGIN)
    old = settings.CREDENTIAL_KEYS
    assert not services.rotate(registry)
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32},{old}"
    assert services.rotate(registry)
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32}"
    assert services.login_of(registry) == LOGIN


def test_rotation_leaves_what_it_cannot_read(settings: Settings) -> None:
    registry = make_registry(login=LOGIN)
    before = Credential.objects.get().envelope
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32}"
    with pytest.raises(CredentialUnreadable):
        services.rotate(registry)
    assert Credential.objects.get().envelope == before


def test_a_trusted_realm_is_an_origin_and_is_kept_once() -> None:
    registry = make_registry()
    for realm in ("https://Auth.example.com", "https://auth.example.com:443"):
        services.trust_realm(reloaded(registry), realm, by=SOMEBODY)
    assert reloaded(registry).trusted_realms == ["https://auth.example.com"]
    with pytest.raises(ValidationError):
        services.trust_realm(reloaded(registry), "https://user@auth.example.com/x", by=SOMEBODY)


def test_a_login_that_http_cannot_carry_is_not_stored() -> None:
    registry = make_registry(login=LOGIN)
    with pytest.raises(ValidationError):
        services.change(registry, login=Login("ro:bot", "secret"), by=SOMEBODY)
    with pytest.raises(ValidationError):
        make_registry(name="new", login=Login("ro:bot", "secret"))
    assert services.login_of(registry) == LOGIN
    assert Registry.objects.get() == registry
