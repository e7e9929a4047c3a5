"""The address of a caller. Headers that anybody can set are trusted only as configured."""

from __future__ import annotations

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

# Some proxies append the caller's port.
_WITH_PORT = re.compile(r"\[(?P<v6>[^]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+")
# What one customer is assigned: counting single IPv6 addresses would count nothing.
_IPV6_NETWORK = 64


def client_address(request: HttpRequest) -> str | None:
    """Return the address that the outermost trusted proxy saw, or None.

    Each proxy appends its caller to X-Forwarded-For: what is further left is anybody's claim.
    """
    return _forwarded(request) or _normal(request.META.get("REMOTE_ADDR", ""))


def counted_address(address: str | None) -> str:
    """Return the address or network that counts as one caller in a limit."""
    if address is None:
        return "unknown"
    if ipaddress.ip_address(address).version == 4:
        return address
    return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))


def _forwarded(request: HttpRequest) -> str | None:
    trusted: int = settings.TRUSTED_PROXIES
    addresses = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not 0 < trusted <= len(addresses):
        return None
    return _normal(addresses[-trusted].strip())


def _normal(text: str) -> str | None:
    """Return one spelling per address: no port, no zone, no IPv4-mapped IPv6."""
    if match := _WITH_PORT.fullmatch(text):
        text = match["v6"] or match["v4"]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
