from __future__ import annotations

import pytest

from registries.errors import ChallengeInvalid, RealmUntrusted, RegistryError
from registries.oci.realm import trusted_realm
from registries.transport.endpoint import Endpoint
from registries.transport.origin import Origin

REGISTRY = "https://reg.example.com"


def trusted(realm: str, registry: str = REGISTRY, *pinned: str) -> str:
    pins = frozenset(Origin.parse(pin) for pin in pinned)
    return trusted_realm(realm, Endpoint(Origin.parse(registry), trusted_realms=pins))


@pytest.mark.parametrize(
    ("registry", "realm", "url"),
    [
        (REGISTRY, "https://reg.example.com/token", "https://reg.example.com/token"),
        (REGISTRY, "https://REG.example.com:443/t?a=b", "https://reg.example.com/t?a=b"),
        (REGISTRY, "https://reg.example.com", "https://reg.example.com/"),
        (REGISTRY, "https://reg.example.com?a=b", "https://reg.example.com?a=b"),
        (REGISTRY, "/service/token", "https://reg.example.com/service/token"),
        (REGISTRY, "https://reg.example.com:8443/token", "https://reg.example.com:8443/token"),
        ("http://reg.local:5000", "http://reg.local:5001/auth", "http://reg.local:5001/auth"),
        ("http://reg.local:5000", "https://reg.local/auth", "https://reg.local/auth"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/auth", "http://127.0.0.1:5000/auth"),
        ("http://[::1]:5000", "http://[0:0::1]:5000/auth", "http://[::1]:5000/auth"),
        (
            "https://registry-1.docker.io",
            "https://auth.docker.io/token",
            "https://auth.docker.io/token",
        ),
    ],
)
def test_it_trusts_the_registrys_own_host_and_the_known_pairs(
    registry: str, realm: str, url: str
) -> None:
    assert trusted(realm, registry) == url


@pytest.mark.parametrize(
    ("registry", "realm", "origin"),
    [
        (REGISTRY, "https://evil.example.com/token", "https://evil.example.com"),
        (REGISTRY, "https://reg.example.com.evil/token", "https://reg.example.com.evil"),
        (REGISTRY, "https://example.com/token", "https://example.com"),
        (REGISTRY, "http://reg.example.com/token", "http://reg.example.com"),
        (REGISTRY, "https://169.254.169.254/", "https://169.254.169.254"),
        (REGISTRY, "https://0.0.0.0/", "https://0.0.0.0"),
        (REGISTRY, "https://[::ffff:a9fe:a9fe]/", "https://[::ffff:a9fe:a9fe]"),
        (REGISTRY, "https://auth.docker.io/token", "https://auth.docker.io"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001/t", "http://127.0.0.1:5001"),
        ("http://localhost:5000", "http://localhost:5001/t", "http://localhost:5001"),
        ("http://a.localhost:5000", "http://a.localhost:5001/t", "http://a.localhost:5001"),
        ("https://127.0.0.1", "https://127.0.0.1:8443/t", "https://127.0.0.1:8443"),
    ],
)
def test_it_refuses_a_foreign_realm_and_names_it(registry: str, realm: str, origin: str) -> None:
    with pytest.raises(RealmUntrusted) as caught:
        trusted(realm, registry)
    assert caught.value.realm == str(Origin.parse(origin))


@pytest.mark.parametrize(
    "realm",
    [
        "",
        "token",
        "//evil.example.com/token",
        "/\\evil.example.com/",
        "file:///etc/passwd",
        "ftp://reg.example.com/",
        "https://",
        "https:///token",
        "https://reg.example.com@evil.example.com/token",
        "https://user:s3cret@reg.example.com/token",
        "https://reg.example.com/token#fragment",
        "https://reg.example.com\\@evil.example.com/",
        "https://evil.example.com\\.reg.example.com/",
        "https://reg.example.com:99999/",
        "https://reg.example.com:/token",
        "https://reg.example.com%2eevil.com/",
        "https://reg.example.com/to ken",
        "https://reg.example.com/to\rken",
        "https://reg.example.com/\ntoken",
        "https://reg.example.com/token\n",
        "https://reg.example.com/%zz",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://\u2460\u2461.example.com/",
        "https://reg.example.com/\u00e9",
        "javascript:alert(1)",
        "Registry",
    ],
)
def test_it_refuses_what_is_not_a_plain_address(realm: str) -> None:
    with pytest.raises(RegistryError) as caught:
        trusted(realm)
    assert isinstance(caught.value, ChallengeInvalid)
    assert "s3cret" not in str(caught.value)


def test_it_trusts_what_an_admin_has_approved_for_this_registry() -> None:
    pin = "https://auth.example.org"
    assert trusted("https://auth.example.org/token", REGISTRY, pin) == f"{pin}/token"
    with pytest.raises(RealmUntrusted):
        trusted("https://auth.example.org:8443/token", REGISTRY, pin)


def test_an_approval_does_not_take_the_encryption_away() -> None:
    with pytest.raises(RealmUntrusted):
        trusted("http://auth.example.org/token", REGISTRY, "http://auth.example.org")
