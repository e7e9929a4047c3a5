"""The base of clients that read many repositories at a time, and from several APIs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from registries.errors import (
    AddressBlocked,
    AuthenticationFailed,
    ChallengeInvalid,
    RateLimited,
    RealmUntrusted,
    RegistryError,
    TLSNotTrusted,
)
from registries.oci.reference import Reference
from registries.providers.shared.availability import Availability
from registries.providers.shared.base import Resolution, TagListing, Traffic
from registries.transport.endpoint import Endpoint
from registries.transport.fan_out import fan_out

# These errors concern the registry, whichever repository they occurred at.
WHOLE_REGISTRY = (
    AddressBlocked,
    AuthenticationFailed,
    ChallengeInvalid,
    RateLimited,
    RealmUntrusted,
    TLSNotTrusted,
)
# References per thread: a HEAD request costs less than waking a thread for it.
_CHUNK = 8


class ConcurrentReader:
    """Reads several repositories at a time; one that fails does not stop the others.

    ``ping`` raises RegistryError if the registry is unavailable.
    """

    def __init__(self, ping: Callable[[], None], threads: int) -> None:
        self._availability = Availability(ping)
        self._threads = threads

    def tags(
        self, read: Callable[[str], Iterator[TagListing]], repositories: Iterable[str]
    ) -> Iterator[TagListing]:
        """Yield the parts of each listing that ``read`` returns before it raises."""

        def list_one(repository: str) -> list[TagListing]:
            parts: list[TagListing] = []
            try:
                for part in read(repository):
                    parts.append(part)  # noqa: PERF402  those before a failure are kept
                self._availability.record_answer(repository)
            except WHOLE_REGISTRY:
                raise
            except RegistryError as error:
                parts.append(TagListing(repository, error=self._failure(repository, error)))
            return parts

        for parts in fan_out(list_one, repositories, threads=self._threads):
            yield from parts

    def resolve(
        self, read: Callable[[Reference], Resolution], references: Iterable[Reference]
    ) -> Iterator[Resolution]:
        def resolve_one(reference: Reference) -> Resolution:
            if error := self._availability.error_to_report(reference.repository):
                return Resolution(reference, error=error)
            try:
                resolution = read(reference)
                self._availability.record_answer(reference.repository)
            except WHOLE_REGISTRY:
                raise
            except RegistryError as raised:
                return Resolution(reference, error=self._failure(reference.repository, raised))
            return resolution

        return fan_out(resolve_one, references, threads=self._threads, chunk=_CHUNK)

    def _failure(self, repository: str, error: RegistryError) -> RegistryError:
        """Return the failure as a value. Raise it if the whole registry is unavailable."""
        failure = error.plain()
        self._availability.record_failure(repository, failure)
        return failure


class CountingAPI(Protocol):
    """An API that counts its traffic."""

    @property
    def requests(self) -> int: ...

    @property
    def bytes_read(self) -> int: ...

    def close(self) -> None: ...


class MultiAPIClient(ABC):
    """A client that reads many repositories at a time through several APIs.

    A subclass reads a single repository or reference. None stands for an API that this connection
    lacks.
    """

    def __init__(self, endpoint: Endpoint, *apis: CountingAPI | None) -> None:
        self._apis = [api for api in apis if api is not None]
        self._reader = ConcurrentReader(self.ping, endpoint.limits.concurrency)

    @abstractmethod
    def ping(self) -> None:
        """Return if the registry answers and accepts the credentials."""

    @abstractmethod
    def listing(self, repository: str) -> Iterator[TagListing]:
        """Yield the tags of one repository. Raise RegistryError."""

    @abstractmethod
    def resolution(self, reference: Reference) -> Resolution:
        """Return what one reference points to. Raise RegistryError."""

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        return self._reader.tags(self.listing, repositories)

    def resolve(self, references: Iterable[Reference]) -> Iterator[Resolution]:
        return self._reader.resolve(self.resolution, references)

    @property
    def requests(self) -> int:
        return sum(api.requests for api in self._apis)

    @property
    def bytes_read(self) -> int:
        return sum(api.bytes_read for api in self._apis)

    @property
    def traffic(self) -> Traffic:
        return Traffic(self.requests, self.bytes_read)

    def close(self) -> None:
        for api in self._apis:
            api.close()
