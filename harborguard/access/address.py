"""Where a request comes from. A header that anybody can write is believed as far as configured."""

from __future__ import annotations

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

# Some proxies add the port they were called from.
_WITH_PORT = re.compile(r"\[(?P<v6>[^]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+")
# What one customer is given: whoever counts single addresses counts nothing.
_IPV6_NETWORK = 64


def client_address(request: HttpRequest) -> str | None:
    """The caller's address as the outermost trusted proxy saw it, or None where it has none.

    Each proxy appends its caller to X-Forwarded-For: what stands further left is anybody's word.
    """
    return _forwarded(request) or _normal(request.META.get("REMOTE_ADDR", ""))


def counted_address(address: str | None) -> str:
    """What counts as one caller in a limit."""
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
    """One writing for each address: no port, no zone, no IPv4 in the clothes of IPv6."""
    if match := _WITH_PORT.fullmatch(text):
        text = match["v6"] or match["v4"]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
