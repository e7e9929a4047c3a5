from __future__ import annotations

from typing import Any

from registries.transport.endpoint import Credential, Endpoint
from registries.transport.limits import Limits
from registries.transport.origin import Origin
from registries.transport.policy import AddressPolicy

CANARY = "c4nary-s3cret/+="


def endpoint(
    url: str, credential: Credential | None = None, *, attempts: int = 1, **values: Any
) -> Endpoint:
    """A connection to a server of the tests; further keywords are of Endpoint or of Limits."""
    own = {name: values.pop(name) for name in list(values) if name in Endpoint.__slots__}
    limits = Limits(attempts=attempts, **{"total_seconds": 20.0, **values})
    own.setdefault("addresses", AddressPolicy(allow_loopback=True))
    return Endpoint(Origin.parse(url), credential, limits=limits, **own)


def robot() -> Credential:
    return Credential("robot", CANARY)
