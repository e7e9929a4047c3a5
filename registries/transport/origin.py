"""Origins: scheme, host and port, parsed once and strictly.

URL parsers disagree about odd input, which is how credentials end up at another host. So there is
one grammar, and every URL that is sent is built from its parts.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

DEFAULT_PORTS = {"https": 443, "http": 80}

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
# The part of a URL that an origin is made of.
ORIGIN_PART = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin. ``host`` is lower case; an IPv6 address has no brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Origin:
        """Parse ``http(s)://host[:port]``. Raise ValueError with a message for the user."""
        match = _ORIGIN.fullmatch(text.lower())
        if match is None:
            raise ValueError("write it as https://host or https://host:port, without a path")
        scheme = match["scheme"]
        port = int(match["port"] or DEFAULT_PORTS[scheme])
        if not 1 <= port <= 65535:
            raise ValueError("the port must be between 1 and 65535")
        return cls(scheme, _host(match["host"]), port)

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_address_literal(self) -> bool:
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError:
            raise ValueError("the host is not an IPv6 address") from None
    if text.replace(".", "").isdigit() or text.startswith("0x"):
        try:
            return str(ipaddress.IPv4Address(text))
        except ValueError:
            raise ValueError("write an IPv4 address as four decimal numbers") from None
    if len(text) > 253 or _HOST_NAME.fullmatch(text) is None:
        raise ValueError("the host is not a host name")
    return text
