"""The facts about a connection that the transport needs, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registries.transport.dialect import Dialect, StandardDialect
from registries.transport.limiter import Limiter
from registries.transport.limits import Limits
from registries.transport.origin import Origin
from registries.transport.policy import AddressPolicy


@dataclass(frozen=True, slots=True)
class Credential:
    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One registry connection.

    - ``ca_pem``: replaces the public CA bundle at ``ca_host``, and complements it elsewhere. That
      host is the first origin's, also in a copy for a product's API.
    - ``trusted_realms``: origins of token servers that an admin has approved, besides the
      registry's own host and the known pairs.
    - ``options``: the product's options, validated as its provider declares them.
    - ``dialect``: how the product reports rate limits.
    - ``limiter``: the limits, shared by all sessions of one client.
    """

    origin: Origin
    credential: Credential | None = None
    ca_pem: str | None = None
    ca_host: str = ""
    trusted_realms: frozenset[Origin] = frozenset()
    addresses: AddressPolicy = field(default_factory=AddressPolicy)
    limits: Limits = field(default_factory=Limits)
    options: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    dialect: Dialect = field(default_factory=StandardDialect)
    limiter: Limiter = field(default_factory=Limiter)

    def __post_init__(self) -> None:
        if not self.ca_host:
            object.__setattr__(self, "ca_host", self.origin.host)

    def option(self, name: str) -> str:
        """Return the option, or ""."""
        value = self.options.get(name, "")
        return value if isinstance(value, str) else ",".join(value)

    def option_list(self, name: str) -> tuple[str, ...]:
        value = self.options.get(name, ())
        return (value,) if isinstance(value, str) else value
