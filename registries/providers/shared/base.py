"""What a registry product must be able to do for us, and the values it answers with.

The contract is batch-shaped: the caller hands over many names and consumes the answers as
they come; how many go over the wire at once is the client's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from registries.errors import RegistryError
from registries.oci.reference import Reference
from registries.providers.shared.delivery import Pushes
from registries.providers.shared.details import NOTHING_KNOWN, Details
from registries.providers.shared.host_pattern import matches
from registries.providers.shared.options import ConnectionOption
from registries.transport.endpoint import Credential, Endpoint
from registries.transport.origin import Origin


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as listed. ``digest`` is None where the listing does not tell it."""

    name: str
    digest: str | None = None
    media_type: str = ""
    details: Details = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class TagListing:
    """Tags of one repository, perhaps a part of them.

    ``complete`` is True on the last part of a listing that ended as the registry says it
    ends. ``error`` is set instead where it did not: nothing may be concluded from absence.
    ``rejected`` are the first MAX_REJECTED names of this part that are outside the OCI grammar,
    perhaps cut: never stored; a listing with rejected names is still complete for the valid ones.
    ``refused_by`` says why the product's own API would not list them, where something else did.
    """

    repository: str
    tags: tuple[Tag, ...] = ()
    complete: bool = False
    error: RegistryError | None = None
    rejected: tuple[str, ...] = ()
    refused_by: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a reference points to now: a digest, or ``absent``, or ``error``. Exactly one.

    ``doubtful``, with ``absent``: the product says the same of what this login may not see.
    """

    reference: Reference
    digest: str | None = None
    media_type: str = ""
    absent: bool = False
    error: RegistryError | None = None
    details: Details = NOTHING_KNOWN
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a client has sent and received so far."""

    requests: int
    bytes_read: int


class RegistryClient(Protocol):
    """One connection to one registry, for the length of one run. Not shared by runs.

    Every method raises ``RegistryError`` for what concerns the whole registry (it is down, the
    credential is refused). What concerns one repository or tag is an item with ``error`` set.
    """

    def ping(self) -> None:
        """Return if the registry answers and takes our credential."""

    def repositories(self) -> Iterator[str]:
        """Every repository name, lazily, each once; raises if the listing cannot be completed."""

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        """The tags of each repository, in any order; a listing may come in parts."""

    def resolve(self, references: Iterable[Reference]) -> Iterator[Resolution]:
        """What each reference points to, in any order; one answer for each."""

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        """The first MAX_REJECTED names of the catalog outside the OCI grammar, perhaps cut."""

    @property
    def traffic(self) -> Traffic:
        """Requests sent and body bytes read so far; safe to read while the client works."""

    def close(self) -> None:
        """Drop connections and tokens."""


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One thing to ask a person for; ``name`` is an attribute of ``Credential``.

    ``has_lines``: it may be a whole file, such as a key.
    """

    name: str
    label: str
    help: str
    is_secret: bool = False
    has_lines: bool = False


def as_given(credential: Credential) -> Credential:
    return credential


@dataclass(frozen=True, slots=True)
class Provider:
    """A registry product: forms, API and documentation are made from this declaration.

    ``hosts`` are patterns of host names that it is known by, as ``host_pattern`` reads them.
    ``login`` gives the normal form of a credential, or raises ValueError, worded for a person
    and without the secret. ``bulk_digests``: listings tell digests, ``page_size`` tags at a
    time; else each tag costs a HEAD. ``pushes`` is how it tells us of pushes, if it can;
    ``silent_hosts`` are those of ``hosts`` where it tells nobody all the same.
    """

    slug: str
    name: str
    connect: Callable[[Endpoint], RegistryClient]
    hosts: tuple[str, ...] = ()
    credential_fields: tuple[CredentialField, ...] = ()
    options: tuple[ConnectionOption, ...] = ()
    login: Callable[[Credential], Credential] = as_given
    bulk_digests: bool = False
    page_size: int = 1000
    pushes: Pushes | None = None
    silent_hosts: tuple[str, ...] = ()

    @property
    def takes_pushes(self) -> bool:
        return self.pushes is not None

    @property
    def secret_has_lines(self) -> bool:
        return any(asked.has_lines for asked in self.credential_fields)

    def tells_of_pushes_at(self, origin: Origin) -> bool:
        return self.takes_pushes and origin.host not in self.silent_hosts

    def is_at(self, origin: Origin) -> bool:
        return any(matches(origin.host, pattern) for pattern in self.hosts)
