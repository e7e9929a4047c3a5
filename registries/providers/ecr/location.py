"""Which registry of ECR a connection means: an account, in a region of AWS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from registries.providers.ecr.names import REGION
from registries.transport.origin import Origin

_HOST = re.compile(
    r"(?P<account>[0-9]{12})\.dkr[.-]ecr(?P<fips>-fips)?\."
    rf"(?P<region>{REGION})\.(?P<domain>amazonaws\.(?:com|com\.cn|eu)|on\.aws)\.?"
)
_DUAL_STACK = "on.aws"


class Connection(Protocol):
    """What an endpoint and a receiver of pushes have in common."""

    @property
    def origin(self) -> Origin: ...

    def option(self, name: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Place:
    """``account`` and ``region`` are empty where nothing tells them."""

    account: str = ""
    region: str = ""
    is_fips: bool = False
    is_dual_stack: bool = False


def place_of(connection: Connection) -> Place:
    """As its host name says, and the options where that is not one of AWS."""
    match = _HOST.fullmatch(connection.origin.host)
    if match is None:
        return Place(connection.option("registry_id"), connection.option("region"))
    return Place(
        match["account"],
        match["region"],
        is_fips=match["fips"] is not None,
        is_dual_stack=match["domain"] == _DUAL_STACK,
    )
