from __future__ import annotations

from ipaddress import ip_network

import pytest

from registries.transport.policy import AddressPolicy

METADATA = [
    "169.254.169.254",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
]
FORBIDDEN = [
    *METADATA,
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "255.255.255.255",
]
LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1"]
ALLOWED = ["10.0.0.5", "172.16.3.4", "192.168.1.1", "100.64.0.1", "fd12::1", "1.1.1.1", "2606::1"]


def enveloped(address: str) -> list[str]:
    """The ways in which IPv6 carries an IPv4 address."""
    first, second, third, fourth = (int(part) for part in address.split("."))
    high, low = f"{first * 256 + second:x}", f"{third * 256 + fourth:x}"
    inverted_high, inverted_low = (f"{0xFFFF ^ int(part, 16):x}" for part in (high, low))
    return [
        f"::ffff:{address}",
        f"::{address}",
        f"2002:{high}:{low}::1",
        f"64:ff9b::{address}",
        f"64:ff9b:1::{address}",
        f"2001:0:0102:0304:0:0:{inverted_high}:{inverted_low}",
    ]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_it_never_lets_these_be_called(address: str) -> None:
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    assert AddressPolicy(allow_loopback=True).refusal(address)
    assert AddressPolicy(allow_loopback=True, networks=everything).refusal(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_it_lets_private_and_public_addresses_be_called(address: str) -> None:
    assert AddressPolicy().refusal(address) is None


@pytest.mark.parametrize("address", LOOPBACK)
def test_it_asks_before_it_calls_the_machine_itself(address: str) -> None:
    listed = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert AddressPolicy().refusal(address) == "a loopback address"
    assert AddressPolicy(allow_loopback=True).refusal(address) is None
    assert AddressPolicy(networks=listed).refusal(address) is None


@pytest.mark.parametrize(
    "envelope",
    [
        envelope
        for address in ("169.254.169.254", "127.0.0.1", "224.0.0.1", "168.63.129.16")
        for envelope in enveloped(address)
    ],
)
def test_it_looks_into_the_envelope(envelope: str) -> None:
    assert AddressPolicy().refusal(envelope)


@pytest.mark.parametrize("envelope", enveloped("10.1.2.3")[:4])
def test_it_judges_an_envelope_by_what_is_in_it(envelope: str) -> None:
    ten = AddressPolicy(networks=(ip_network("10.0.0.0/8"),))
    assert ten.refusal(envelope) is None
    assert AddressPolicy(networks=(ip_network("10.9.0.0/16"),)).refusal(envelope)


def test_networks_narrow_what_may_be_called() -> None:
    policy = AddressPolicy(networks=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")))
    assert policy.refusal("10.2.3.4") is None
    assert policy.refusal("fd00::7") is None
    assert policy.refusal("192.168.1.1") == "outside the allowed networks"
    assert policy.refusal("fd00:ec2::254") == "a cloud metadata service"


@pytest.mark.parametrize("text", ["", "registry.example.com", "0x7f.1", "2130706433", "127.1"])
def test_it_refuses_what_is_not_an_address(text: str) -> None:
    assert AddressPolicy(allow_loopback=True).refusal(text)
