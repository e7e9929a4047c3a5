"""The base of clients that read one registry through several APIs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Protocol

from registries.oci.reference import Reference
from registries.providers.shared.base import Resolution, TagListing, Traffic
from registries.providers.shared.reading import Reading
from registries.transport.endpoint import Endpoint


class API(Protocol):
    """An API that counts its traffic."""

    @property
    def requests(self) -> int: ...

    @property
    def bytes_read(self) -> int: ...

    def close(self) -> None: ...


class ComposedClient(ABC):
    """Reads many repositories and references at a time, each as the subclass reads one.

    The client is itself one of its APIs. None stands for an API that this connection lacks.
    """

    def __init__(self, endpoint: Endpoint, *apis: API | None) -> None:
        self._apis = [api for api in apis if api is not None]
        self._reading = Reading(self.ping, endpoint.limits.concurrency)

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
        return self._reading.tags(self.listing, repositories)

    def resolve(self, references: Iterable[Reference]) -> Iterator[Resolution]:
        return self._reading.resolve(self.resolution, references)

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
