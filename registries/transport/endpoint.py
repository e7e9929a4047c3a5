"""Everything the transport needs to know of one connection, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

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

    ``ca_pem`` replaces the public CA bundle; ``trusted_realms`` are origins of token servers
    that an admin has approved for this registry, beside its own host and the known pairs.
    """

    origin: Origin
    credential: Credential | None = None
    ca_pem: str | None = None
    trusted_realms: frozenset[Origin] = frozenset()
    addresses: AddressPolicy = field(default_factory=AddressPolicy)
    limits: Limits = field(default_factory=Limits)
