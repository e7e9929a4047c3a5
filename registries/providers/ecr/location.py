"""The location of an ECR registry: an account in an AWS region."""

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
    """The common interface of endpoints and webhook receivers."""

    @property
    def origin(self) -> Origin: ...

    def option(self, name: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Location:
    """A registry of ECR. ``account`` and ``region`` are empty if unknown."""

    account: str = ""
    region: str = ""
    is_fips: bool = False
    is_dual_stack: bool = False


def location_of(connection: Connection) -> Location:
    """Return the location from the host name, or from the options if it is not an AWS host."""
    match = _HOST.fullmatch(connection.origin.host)
    if match is None:
        return Location(connection.option("registry_id"), connection.option("region"))
    return Location(
        match["account"],
        match["region"],
        is_fips=match["fips"] is not None,
        is_dual_stack=match["domain"] == _DUAL_STACK,
    )
