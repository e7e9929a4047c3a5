"""Read many repositories and references at a time; one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

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
from registries.providers.shared.base import Resolution, TagListing
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


class Reading:
    """Reads for one client. ``ping`` raises if the registry is unavailable; ``threads`` run at a
    time."""

    def __init__(self, ping: Callable[[], None], threads: int) -> None:
        self._availability = Availability(ping)
        self._threads = threads

    def tags(
        self, read: Callable[[str], Iterator[TagListing]], repositories: Iterable[str]
    ) -> Iterator[TagListing]:
        """Yield the parts of each listing as ``read`` returns them, up to where it raised."""

        def listed(repository: str) -> list[TagListing]:
            parts: list[TagListing] = []
            try:
                for part in read(repository):
                    parts.append(part)  # noqa: PERF402  those before a failure are kept
                self._availability.answered(repository)
            except WHOLE_REGISTRY:
                raise
            except RegistryError as error:
                parts.append(TagListing(repository, error=self._failure(repository, error)))
            return parts

        for parts in fan_out(listed, repositories, threads=self._threads):
            yield from parts

    def resolve(
        self, ask: Callable[[Reference], Resolution], references: Iterable[Reference]
    ) -> Iterator[Resolution]:
        def answered(reference: Reference) -> Resolution:
            if given_up := self._availability.given_up(reference.repository):
                return Resolution(reference, error=given_up)
            try:
                resolution = ask(reference)
                self._availability.answered(reference.repository)
            except WHOLE_REGISTRY:
                raise
            except RegistryError as error:
                return Resolution(reference, error=self._failure(reference.repository, error))
            return resolution

        return fan_out(answered, references, threads=self._threads, chunk=_CHUNK)

    def _failure(self, repository: str, error: RegistryError) -> RegistryError:
        """Return the failure as a value. Raise it if the registry itself is at fault."""
        failure = error.plain()
        self._availability.failed(repository, failure)
        return failure
