from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from harborguard.access.address import client_address, counted_address


def seen(forwarded: str | None, remote: str = "192.0.2.1") -> str | None:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote))


def test_without_a_trusted_proxy_the_header_is_nobodys_word() -> None:
    assert seen("203.0.113.9") == "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "forged, 198.51.100.1,203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9, unknown", "192.0.2.1"),
        (1, "203.0.113.9, 999.1.1.1", "192.0.2.1"),
        (1, "203.0.113.9:51234", "203.0.113.9"),
        (1, "[2001:DB8:0::1]:443", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (-1, "203.0.113.9", "192.0.2.1"),
    ],
)
def test_it_believes_what_the_outermost_trusted_proxy_wrote(
    settings: Settings, proxies: int, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies

    assert seen(forwarded) == expected


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("2001:0DB8:0000::0001", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
    ],
)
def test_an_address_has_one_writing(remote: str, expected: str | None) -> None:
    assert seen(None, remote) == expected


def test_the_caller_of_a_socket_is_who_its_proxy_says(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1

    assert seen("203.0.113.9", remote="") == "203.0.113.9"


def test_the_addresses_of_one_ipv6_network_count_as_one_caller() -> None:
    assert counted_address("2001:db8:0:7::1") == counted_address("2001:db8:0:7:ffff::2")
    assert counted_address("2001:db8:0:7::1") != counted_address("2001:db8:0:8::1")


def test_an_ipv4_address_is_a_caller_of_its_own() -> None:
    assert counted_address("192.0.2.1") != counted_address("192.0.2.2")
    assert counted_address(None) not in {"", counted_address("192.0.2.1")}
