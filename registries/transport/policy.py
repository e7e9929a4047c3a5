"""Decide which addresses may be dialed.

The decision is made for the address that the socket is about to connect to, never for a name: names
are resolved again and again, and have many spellings.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_NEVER: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), reason)
    for network, reason in (
        # AWS, Google, Azure, Alibaba and Oracle serve machine credentials at these.
        ("169.254.169.254/32", "a cloud metadata service"),
        ("fd00:ec2::254/128", "a cloud metadata service"),
        ("fd20:ce::254/128", "a cloud metadata service"),
        ("100.100.100.200/32", "a cloud metadata service"),
        ("168.63.129.16/32", "a cloud metadata service"),
        ("192.0.0.192/32", "a cloud metadata service"),
        ("169.254.0.0/16", "a link-local address"),
        ("fe80::/10", "a link-local address"),
        ("224.0.0.0/4", "a multicast address"),
        ("ff00::/8", "a multicast address"),
        ("0.0.0.0/8", "an unspecified address"),
        ("::/128", "an unspecified address"),
        ("255.255.255.255/32", "the broadcast address"),
        # RFC 8215: only that network knows where the IPv4 address is.
        ("64:ff9b:1::/48", "a local IPv4 translation"),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = IPv6Network("::/96")
_NOT_IPV4_COMPATIBLE = (IPv6Address("::"), IPv6Address("::1"))


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The addresses that may be dialed. ``networks`` narrows them; None allows all but the
    forbidden ones."""

    allow_loopback: bool = False
    networks: tuple[Network, ...] | None = None

    def refusal(self, address: str) -> str | None:
        """Return None if ``address`` may be dialed, or what it is: "a loopback address"."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return "which is not an IP address"
        for destination in _destinations(parsed):
            if reason := self._refusal(destination):
                return reason
        return None

    def _refusal(self, address: Address) -> str | None:
        for network, reason in _NEVER:
            if address in network:
                return reason
        if self.networks is not None and any(address in network for network in self.networks):
            return None
        if address.is_loopback:
            return None if self.allow_loopback else "a loopback address"
        return None if self.networks is None else "outside the allowed networks"


def _destinations(address: Address) -> tuple[Address, ...]:
    """Yield where packets to ``address`` may end: IPv6 can wrap an IPv4 address in many ways."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and address not in _NOT_IPV4_COMPATIBLE):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return (address,)
