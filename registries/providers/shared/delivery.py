"""One call of a registry to our webhook, and what it says, as plain values."""

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
    """A hint that a tag may have changed; without ``tag``, any of the repository's."""

    action: Action
    repository: str
    tag: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender wants to hear, where that is not just 202: a handshake."""

    document: Mapping[str, str]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """As it was received; names of ``headers`` are in lower case."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def json(self) -> Any:
        """Raise Unreadable."""
        try:
            return json.loads(self.body.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise Unreadable("The body is not JSON") from None


@dataclass(frozen=True, slots=True)
class Receiver:
    """The connection whose webhook was called.

    ``url`` is the webhook's own address as the sender knows it; ``secret`` what both share,
    empty where there is none. ``addresses`` says where we may call, for what a handshake or a
    signature has to be fetched.
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
class Heard:
    """What a delivery says.

    ``id`` is the sender's own number of it, the same when it is sent again; ``event`` its word
    for what happened. ``ignored`` says, for a person, why nothing follows where there are no
    ``events``.
    """

    event: str = ""
    id: str = ""
    events: tuple[PushEvent, ...] = ()
    ignored: str = ""
    answer: Answer | None = None


class Unreadable(Exception):
    """The delivery is not what this product sends. ``str()`` is for a person, and no secret."""


# Whether the delivery proves to be from the registry that it is for.
Check = Callable[[Delivery, Receiver], bool]
# What it says. Raise Unreadable.
Parse = Callable[[Delivery, Receiver], Heard]


@dataclass(frozen=True, slots=True)
class Verification:
    """One way of a product to prove that a delivery is its own.

    ``steps`` say, for a person, what to enter at the product; "{secret}" stands for the shared
    secret of the connection. ``needs`` are options of the connection without which it cannot
    be checked: then nothing is let in.
    """

    slug: str
    name: str
    check: Check = field(repr=False)
    steps: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pushes:
    """How a product tells of pushes.

    ``verifications`` are the ways it has to prove itself, the best first; without any, the
    secret address is all there is. ``steps`` say what to set up there; "{url}" stands for the
    webhook's address. ``last_steps`` come after those of the verification: they put it all into
    effect. ``tells_deletes``: whether it also tells what was deleted.
    """

    parse: Parse = field(repr=False)
    verifications: tuple[Verification, ...] = ()
    steps: tuple[str, ...] = ()
    last_steps: tuple[str, ...] = ()
    tells_deletes: bool = False
    handshake: Callable[[Delivery, Receiver], Answer | None] | None = field(
        default=None, repr=False
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
