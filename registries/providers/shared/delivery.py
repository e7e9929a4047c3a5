"""Webhook deliveries and their reports, as plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

from registries.transport.origin import Origin
from registries.transport.policy import AddressPolicy


class Action(StrEnum):
    PUSHED = "pushed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class PushEvent:
    """A hint that a tag may have changed, or without ``tag``, any tag of the repository."""

    action: Action
    repository: str
    tag: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class HandshakeAnswer:
    """The answer to a handshake, for senders that expect more than a 202."""

    document: Mapping[str, str]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """A received delivery. The names in ``headers`` are lower case."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def json(self) -> Any:
        """Return the parsed body. Raise MalformedDelivery."""
        try:
            return json.loads(self.body.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise MalformedDelivery("The body is not valid JSON") from None


@dataclass(frozen=True, slots=True)
class Receiver:
    """The connection whose webhook was called.

    - ``url``: the webhook's URL as the sender knows it.
    - ``secret``: the webhook secret, or "".
    - ``addresses``: the policy for URLs that a handshake or a signature makes us fetch.
    """

    origin: Origin
    url: str = field(repr=False)
    secret: str = field(repr=False)
    options: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    addresses: AddressPolicy = field(default_factory=AddressPolicy)

    def option(self, name: str) -> str:
        value = self.options.get(name, "")
        return value if isinstance(value, str) else ",".join(value)

    def option_list(self, name: str) -> tuple[str, ...]:
        value = self.options.get(name, ())
        return (value,) if isinstance(value, str) else tuple(value)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The content of a delivery.

    - ``id``: the sender's ID of the delivery, which stays the same when it is sent again.
    - ``event``: the sender's name of the event.
    - ``ignored``: the reason why the delivery has no ``events``, for the delivery log.
    """

    event: str = ""
    id: str = ""
    events: tuple[PushEvent, ...] = ()
    ignored: str = ""
    answer: HandshakeAnswer | None = None


class MalformedDelivery(Exception):
    """The delivery is not in the product's format. The message contains no secret."""


# Returns whether the delivery is verified.
Check = Callable[[Delivery, Receiver], bool]
# Returns what the delivery reports. Raises MalformedDelivery.
Parse = Callable[[Delivery, Receiver], DeliveryReport]


@dataclass(frozen=True, slots=True)
class Verification:
    """A way to verify that a delivery comes from the registry.

    - ``steps``: instructions for the product's settings; "{secret}" stands for the webhook secret.
    - ``needs``: options of the connection without which no delivery can be verified.
    """

    slug: str
    name: str
    check: Check = field(repr=False)
    steps: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pushes:
    """The webhooks of a product.

    - ``verifications``: the most secure one first. Without any, the secret URL is the only
      protection.
    - ``steps``: setup instructions; "{url}" stands for the webhook's URL. ``last_steps`` follow
      those of the verification, and apply the configuration.
    - ``reports_deletions``: whether the product reports deletions too.
    """

    parse: Parse = field(repr=False)
    verifications: tuple[Verification, ...] = ()
    steps: tuple[str, ...] = ()
    last_steps: tuple[str, ...] = ()
    reports_deletions: bool = False
    handshake: Callable[[Delivery, Receiver], HandshakeAnswer | None] | None = field(
        default=None, repr=False
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
