from typing import Any

import pytest
from django.core.exceptions import ValidationError

from registries.models import Registry
from registries.validation import normal_url, validate_login
from tests.factories import make_registry


@pytest.mark.parametrize(
    ("text", "insecure", "url"),
    [
        ("registry.example.com", False, "https://registry.example.com"),
        ("registry.example.com/", False, "https://registry.example.com"),
        (" HTTPS://Registry.Example.com:443 ", False, "https://registry.example.com"),
        ("registry.example.com:5000", False, "https://registry.example.com:5000"),
        ("localhost:5000", True, "http://localhost:5000"),
        ("http://10.0.0.7:80", True, "http://10.0.0.7"),
        ("https://[2001:DB8::1]:5000", False, "https://[2001:db8::1]:5000"),
    ],
)
def test_an_address_is_stored_in_one_spelling(text: str, insecure: bool, url: str) -> None:
    assert normal_url(text, insecure=insecure) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "ftp://registry.example.com",
        "https://user:pw@registry.example.com",
        "https://registry.example.com/v2/",
        "https://registry.example.com?x=1",
        "https://registry.example.com#x",
        "https://169.254.169.254\\@registry.example.com",
        "https://registry.example.com%2eevil.com",
        "https://registry.example.com:0",
        "https://registry.example.com:99999",
        "https://2130706433",
        "https://0x7f.1",
        "https://127.1",
        "https://①②⑦.⓪.⓪.①",
        "https://registry\t.example.com",
        "https://-registry.example.com",
        "https://registry..example.com",
        "https://[::1",
        "javascript:alert(1)",
        "a" * 400,
    ],
)
def test_an_odd_address_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="Not a valid registry URL"):
        normal_url(text, insecure=False)


def test_plain_http_needs_to_be_asked_for_and_not_by_mistake() -> None:
    with pytest.raises(ValidationError, match="--insecure"):
        normal_url("http://registry.example.com", insecure=False)
    with pytest.raises(ValidationError, match="--ca-file"):
        normal_url("https://registry.example.com", insecure=True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "with\nline"),
        ("name", "null\0"),
        ("url", "nonsense://"),
        ("provider", "floppy-disk"),
        ("schedule", "hourly"),
        ("tag_include", ["x" * 256]),
        ("tag_include", "v1"),
        ("tag_exclude", [""]),
        ("tag_exclude", ["*a" * 11]),
        ("repository_include", ["a"] * 101),
        ("repository_exclude", [7]),
        ("known_repositories", ["../../admin"]),
        ("trusted_realms", ["https://auth.example.com/token"]),
        ("trusted_realms", [7]),
        ("trusted_realms", [f"https://r{number}.example.com" for number in range(101)]),
        ("ca_pem", "not a certificate"),
        ("ca_pem", "-----BEGIN PRIVATE KEY-----"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_saved(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        make_registry(**{field: value})
    assert field in refusal.value.message_dict
    assert not Registry.objects.exists()


@pytest.mark.django_db
def test_no_include_globs_means_all() -> None:
    assert make_registry(tag_include=[]).tag_include == ["*"]


@pytest.mark.django_db
def test_a_trusted_realm_is_stored_as_its_origin_and_once() -> None:
    realms = ["https://Auth.example.com:443", "https://auth.example.com", "http://b.example:80"]
    registry = make_registry(trusted_realms=realms)
    assert registry.trusted_realms == ["https://auth.example.com", "http://b.example"]


@pytest.mark.django_db
def test_two_connections_cannot_have_one_name() -> None:
    make_registry(name="ours")
    with pytest.raises(ValidationError) as refusal:
        make_registry(name="ours")
    assert "name" in refusal.value.message_dict


@pytest.mark.parametrize(
    ("username", "secret", "field"),
    [
        ("ro:bot", "secret", "username"),
        ("ro\nbot", "secret", "username"),
        ("ro\x7fbot", "secret", "username"),
        ("robot", "sec\r\nret", "password"),
        ("robot", "sec\0ret", "password"),
    ],
)
def test_a_login_that_http_cannot_carry_is_refused(username: str, secret: str, field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_login(username, secret)
    assert list(refusal.value.message_dict) == [field]


def test_a_password_may_hold_a_colon_and_any_letter() -> None:
    validate_login("röbot", "se:cret with päces ")
