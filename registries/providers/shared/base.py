"""The contract of a registry product's client, and the values it returns.

The contract is batch-shaped: the caller hands over many names and consumes the answers as they
come. How many requests are in flight is up to the client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from registries.errors import RegistryError
from registries.oci.reference import Reference
from registries.providers.shared.delivery import Pushes
from registries.providers.shared.details import NO_DETAILS, Details
from registries.providers.shared.options import ConnectionOption
from registries.transport.endpoint import Credential, Endpoint
from registries.transport.origin import Origin


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as listed. ``digest`` is None where the listing does not include digests."""

    name: str
    digest: str | None = None
    media_type: str = ""
    details: Details = NO_DETAILS


@dataclass(frozen=True, slots=True)
class TagListing:
    """The tags of one repository, or some of them.

    - ``complete``: True on the last part of a listing that ended properly.
    - ``error``: set if the listing failed; the tags it lacks may still exist.
    - ``rejected``: the first MAX_REJECTED names that violate the OCI grammar, possibly cut. They
      are never stored, and do not make a listing incomplete.
    - ``refused_by``: why the product's own API refused the listing that the registry API served.
    """

    repository: str
    tags: tuple[Tag, ...] = ()
    complete: bool = False
    error: RegistryError | None = None
    rejected: tuple[str, ...] = ()
    refused_by: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The result of resolving a reference: exactly one of a digest, ``absent`` or ``error``.

    ``doubtful`` qualifies ``absent``: the product gives the same answer if the credentials lack
    access.
    """

    reference: Reference
    digest: str | None = None
    media_type: str = ""
    absent: bool = False
    error: RegistryError | None = None
    details: Details = NO_DETAILS
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Traffic:
    """The number of requests sent and body bytes read so far."""

    requests: int
    bytes_read: int


class RegistryClient(Protocol):
    """A connection to one registry, used by one run.

    Methods raise ``RegistryError`` if the whole registry is affected, because it is down or rejects
    the credentials. A failure of one repository or tag is an item with ``error`` set.
    """

    def ping(self) -> None:
        """Return if the registry answers and accepts the credentials."""

    def repositories(self) -> Iterator[str]:
        """Yield every repository name once. Raise if the listing cannot be completed."""

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        """Yield the tags of each repository, in any order; a listing may come in parts."""

    def resolve(self, references: Iterable[Reference]) -> Iterator[Resolution]:
        """Yield one answer for each reference, in any order."""

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        """The first MAX_REJECTED catalog names that violate the OCI grammar, possibly cut."""

    @property
    def traffic(self) -> Traffic:
        """The traffic so far. Can be read from any thread."""

    def close(self) -> None:
        """Close connections and forget tokens."""


@dataclass(frozen=True, slots=True)
class CredentialField:
    """A field of the credentials form. ``name`` is an attribute of ``Credential``.

    ``has_lines``: the value may be a whole file, such as a key.
    """

    name: str
    label: str
    help: str
    is_secret: bool = False
    has_lines: bool = False


def keep_credential(credential: Credential) -> Credential:
    return credential


@dataclass(frozen=True, slots=True)
class Provider:
    """The declaration of a registry product. Forms, API and documentation are made from it.

    - ``hosts``: patterns of the host names that identify it (see ``matches``).
    - ``login``: returns credentials in their normal form, or raises ValueError with a message for
      the user that does not contain the secret.
    - ``bulk_digests``: listings include digests, ``page_size`` tags per page. Otherwise each tag
      costs a HEAD request.
    - ``pushes``: how it sends webhooks, if it can. ``silent_hosts``: those of ``hosts`` that send
      none.
    """

    slug: str
    name: str
    connect: Callable[[Endpoint], RegistryClient]
    hosts: tuple[str, ...] = ()
    credential_fields: tuple[CredentialField, ...] = ()
    options: tuple[ConnectionOption, ...] = ()
    login: Callable[[Credential], Credential] = keep_credential
    bulk_digests: bool = False
    page_size: int = 1000
    pushes: Pushes | None = None
    silent_hosts: tuple[str, ...] = ()

    @property
    def takes_pushes(self) -> bool:
        return self.pushes is not None

    @property
    def secret_has_lines(self) -> bool:
        return any(one.has_lines for one in self.credential_fields)

    def sends_webhooks_from(self, origin: Origin) -> bool:
        return self.takes_pushes and origin.host not in self.silent_hosts

    def is_at(self, origin: Origin) -> bool:
        return any(matches(origin.host, pattern) for pattern in self.hosts)


def matches(host: str, pattern: str) -> bool:
    """Return whether ``host`` matches. ``*`` stands for part of one label, and never for a dot.

    So "*-docker.pkg.dev" requires its domain, and "evil.example/x.pkg.dev" is not a host.
    """
    labels, patterns = host.rstrip(".").split("."), pattern.split(".")
    return len(labels) == len(patterns) and all(map(_matches, labels, patterns))


def _matches(label: str, pattern: str) -> bool:
    return bool(label) and fnmatchcase(label, pattern)
