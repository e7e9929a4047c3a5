"""Which registry of ECR a connection means: an account in an AWS region."""

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
    """What an endpoint and a webhook receiver have in common."""

    @property
    def origin(self) -> Origin: ...

    def option(self, name: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A registry of ECR. ``account`` and ``region`` are empty where unknown."""

    account: str = ""
    region: str = ""
    is_fips: bool = False
    is_dual_stack: bool = False


def place_of(connection: Connection) -> Place:
    """Return the place from the host name, or from the options where the host is not an AWS one."""
    match = _HOST.fullmatch(connection.origin.host)
    if match is None:
        return Place(connection.option("registry_id"), connection.option("region"))
    return Place(
        match["account"],
        match["region"],
        is_fips=match["fips"] is not None,
        is_dual_stack=match["domain"] == _DUAL_STACK,
    )
