from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from pytest_django import Settings

from registries import services
from registries.errors import CredentialUnreadable
from registries.models import Credential, Registry
from registries.providers import PROVIDERS
from registries.transport.endpoint import Credential as Login
from tests.factories import SOMEBODY, make_registry
from tests.other_connection import other_connection
from tests.wait import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
LOGIN = Login("robot", "canary-secret")


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])


def do_while_the_other_is_not_committed(
    change: Callable[[], Any], meanwhile: Callable[[], Any]
) -> None:
    with other_connection() as first, other_connection() as second, ThreadPoolExecutor() as thread:
        first.begin()
        first.do(change)
        waiting = thread.submit(second.do, meanwhile)
        wait_until(somebody_waits_for_a_lock, "the second waits for the first")
        first.commit()
        waiting.result(timeout=30)


def reloaded(registry: Registry) -> Registry:
    return services.as_stored(registry.pk)


def test_a_login_comes_back_as_it_was_given() -> None:
    registry = make_registry(login=LOGIN)
    assert services.login_of(reloaded(registry)) == LOGIN


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
        {"provider": "another"},
    ],
)
def test_an_edit_of_the_place_drops_the_login_and_trusted_realms(
    monkeypatch: pytest.MonkeyPatch, edit: dict[str, Any]
) -> None:
    monkeypatch.setitem(PROVIDERS, "another", PROVIDERS["distribution"])
    registry = make_registry(login=LOGIN, trusted_realms=["https://auth.example.com"])
    change = services.change(registry.pk, by=SOMEBODY, **edit)
    assert change.dropped_credential
    assert services.login_of(reloaded(registry)) is None
    assert reloaded(registry).trusted_realms == []


def test_another_product_is_told_nothing_of_what_the_old_one_was() -> None:
    options = {"api_url": "https://hub.example.com"}
    registry = make_registry(provider="docker-hub", options=options)
    services.change(registry.pk, by=SOMEBODY, provider="gitlab", login=Login("me", "for-gitlab"))
    assert reloaded(registry).options == {}


def test_an_edit_that_spells_the_same_place_otherwise_keeps_the_login() -> None:
    registry = make_registry(url="https://registry.example.com", login=LOGIN)
    change = services.change(registry.pk, url="Registry.example.com:443/", by=SOMEBODY)
    assert change.fields == frozenset()
    assert services.login_of(reloaded(registry)) == LOGIN


def test_an_edit_of_filters_keeps_the_login_and_shuts_the_run_out() -> None:
    registry = make_registry(login=LOGIN)
    fence = reloaded(registry).fence
    assert not services.change(registry.pk, tag_exclude=["*-rc*"], by=SOMEBODY).dropped_credential
    assert reloaded(registry).fence > fence
    assert services.login_of(reloaded(registry)) == LOGIN


def test_an_edit_of_the_schedule_does_not_disturb_a_run() -> None:
    registry = make_registry()
    fence = reloaded(registry).fence
    services.change(registry.pk, schedule="weekly", by=SOMEBODY)
    assert reloaded(registry).fence == fence


def test_an_envelope_put_onto_another_row_does_not_open() -> None:
    victim, thief = make_registry(login=LOGIN), make_registry(login=Login("me", "mine"))
    stolen = Credential.objects.get(registry=victim).envelope
    Credential.objects.filter(registry=thief).update(envelope=stolen)
    with pytest.raises(CredentialUnreadable):
        services.login_of(reloaded(thief))


def test_an_url_changed_behind_our_back_does_not_get_the_login() -> None:
    registry = make_registry(login=LOGIN)
    Registry.objects.filter(pk=registry.pk).update(url="https://evil.example.com")
    with pytest.raises(CredentialUnreadable):
        services.login_of(reloaded(registry))


def test_rotation_moves_a_credential_to_the_active_key(settings: Settings) -> None:
    registry = make_registry(login=LOGIN)
    old = settings.CREDENTIAL_KEYS
    assert not services.rotate(registry, by=SOMEBODY)
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32},{old}"
    assert services.rotate(registry, by=SOMEBODY)
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32}"
    assert services.login_of(reloaded(registry)) == LOGIN


def test_rotation_leaves_what_it_cannot_read(settings: Settings) -> None:
    registry = make_registry(login=LOGIN)
    before = Credential.objects.get().envelope
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32}"
    with pytest.raises(CredentialUnreadable):
        services.rotate(registry, by=SOMEBODY)
    assert Credential.objects.get().envelope == before


def test_a_trusted_realm_is_an_origin_and_is_kept_once() -> None:
    registry = make_registry()
    for realm in ("https://Auth.example.com", "https://auth.example.com:443"):
        services.trust_realm(reloaded(registry), realm, by=SOMEBODY)
    assert reloaded(registry).trusted_realms == ["https://auth.example.com"]
    with pytest.raises(ValidationError):
        services.trust_realm(reloaded(registry), "https://user@auth.example.com/x", by=SOMEBODY)


def test_a_realm_is_trusted_beside_those_of_this_moment() -> None:
    registry = make_registry(trusted_realms=["https://distrusted.example.com"])
    as_seen = reloaded(registry)
    services.change(registry.pk, trusted_realms=["https://kept.example.com"], by=SOMEBODY)

    services.trust_realm(as_seen, "https://auth.example.com", by=SOMEBODY)

    realms = ["https://auth.example.com", "https://kept.example.com"]
    assert reloaded(registry).trusted_realms == realms


def test_a_realm_is_not_trusted_for_a_place_that_did_not_ask_for_it() -> None:
    registry = make_registry(login=LOGIN)
    as_seen = reloaded(registry)
    services.change(registry.pk, url="https://new.example.com", login=LOGIN, by=SOMEBODY)

    with pytest.raises(ValidationError, match="Test it again"):
        services.trust_realm(as_seen, "https://auth.example.com", by=SOMEBODY)

    assert reloaded(registry).trusted_realms == []


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_realm_that_is_distrusted_in_another_transaction_stays_so() -> None:
    registry = make_registry(trusted_realms=["https://distrusted.example.com"])
    do_while_the_other_is_not_committed(
        partial(services.change, registry.pk, trusted_realms=[], by=SOMEBODY),
        partial(services.trust_realm, reloaded(registry), "https://auth.example.com", by=SOMEBODY),
    )
    assert reloaded(registry).trusted_realms == ["https://auth.example.com"]


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_login_given_while_the_url_changes_is_sealed_to_where_it_will_go() -> None:
    registry = make_registry(login=LOGIN)
    do_while_the_other_is_not_committed(
        partial(services.change, registry.pk, url="https://new.example.com", by=SOMEBODY),
        partial(services.change, registry.pk, login=Login("new", "canary-new"), by=SOMEBODY),
    )
    assert services.login_of(reloaded(registry)) == Login("new", "canary-new")


def test_a_login_that_http_cannot_carry_is_not_stored() -> None:
    registry = make_registry(login=LOGIN)
    with pytest.raises(ValidationError):
        services.change(registry.pk, login=Login("ro:bot", "secret"), by=SOMEBODY)
    with pytest.raises(ValidationError):
        make_registry(name="new", login=Login("ro:bot", "secret"))
    assert services.login_of(reloaded(registry)) == LOGIN
    assert Registry.objects.get() == registry
