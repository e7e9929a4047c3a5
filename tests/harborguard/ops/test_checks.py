import pytest
from pytest_django import Settings

from harborguard.embedded import broker
from harborguard.ops import checks


def test_usable_keys_are_not_remarked_on() -> None:
    assert checks.credential_keys_are_usable() == []


@pytest.mark.parametrize("keys", ["", "nonsense", "k1:12", f"k1:{'zz' * 32}"])
def test_unusable_credential_keys_are_an_error_that_shows_no_key(
    settings: Settings, keys: str
) -> None:
    settings.CREDENTIAL_KEYS = keys
    [error] = checks.credential_keys_are_usable()
    assert error.id == "harborguard.E001"
    assert "zz" not in str(error)


@pytest.mark.parametrize(
    "name",
    [
        "SYNC_LEASE_SECONDS",
        "REGISTRY_TIMEOUT_SECONDS",
        "REGISTRY_CATALOG_TIMEOUT_SECONDS",
        "REGISTRY_ATTEMPTS",
        "REGISTRY_CONCURRENCY",
        "CELERY_WORKER_CONCURRENCY",
    ],
)
def test_a_limit_of_nothing_is_an_error(settings: Settings, name: str) -> None:
    assert checks.limits_are_above_zero() == []
    setattr(settings, name, 0)
    [error] = checks.limits_are_above_zero()
    assert error.id == "harborguard.E002"


def test_no_host_names_are_an_error(settings: Settings) -> None:
    assert checks.hosts_are_named() == []
    settings.ALLOWED_HOSTS = []
    [error] = checks.hosts_are_named()
    assert error.id == "harborguard.E003"


def test_an_installation_at_scale_needs_to_name_its_broker(settings: Settings) -> None:
    settings.EMBEDDED = False
    assert checks.a_broker_is_named() == []
    settings.CELERY_BROKER_URL = broker.url(settings.DATA_DIR)
    [warning] = checks.a_broker_is_named()
    assert warning.id == "harborguard.W001"
    settings.EMBEDDED = True
    assert checks.a_broker_is_named() == []


def test_where_tls_ends_at_a_proxy_it_needs_to_be_counted(settings: Settings) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES = True, 1
    assert checks.proxies_are_counted() == []
    settings.TRUSTED_PROXIES = 0
    [warning] = checks.proxies_are_counted()
    assert warning.id == "harborguard.W002"
    settings.HTTPS = False
    assert checks.proxies_are_counted() == []
