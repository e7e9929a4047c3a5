"""Any registry that speaks the OCI distribution protocol, as CNCF Distribution does.

Tag lists tell no digests there, so each tag costs one HEAD.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from registries.errors import (
    AddressBlocked,
    AuthenticationFailed,
    ChallengeInvalid,
    RateLimited,
    RealmUntrusted,
    RegistryError,
    TLSNotTrusted,
)
from registries.oci.client import OCIClient
from registries.oci.listing import MAX_REJECTED
from registries.oci.reference import Reference
from registries.providers.availability import Availability
from registries.providers.base import (
    CredentialField,
    Provider,
    Resolution,
    Tag,
    TagListing,
    Traffic,
)
from registries.transport.endpoint import Endpoint
from registries.transport.fan_out import fan_out

# These are about the registry, whichever repository they were met at.
_WHOLE_REGISTRY = (
    AddressBlocked,
    AuthenticationFailed,
    ChallengeInvalid,
    RateLimited,
    RealmUntrusted,
    TLSNotTrusted,
)
# References that a thread takes at a time: one HEAD costs less than waking a thread for it.
_CHUNK = 8


class DistributionClient:
    def __init__(self, endpoint: Endpoint) -> None:
        self._client = OCIClient(endpoint)
        self._threads = endpoint.limits.concurrency
        self._availability = Availability(self._client.ping)
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._client.ping()

    def repositories(self) -> Iterator[str]:
        for page in self._client.catalog():
            self._rejected += page.rejected[: MAX_REJECTED - len(self._rejected)]
            yield from page.names

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        for parts in fan_out(self._list, repositories, threads=self._threads):
            yield from parts

    def resolve(self, references: Iterable[Reference]) -> Iterator[Resolution]:
        return fan_out(self._resolve, references, threads=self._threads, chunk=_CHUNK)

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return tuple(self._rejected)

    @property
    def traffic(self) -> Traffic:
        return Traffic(self._client.requests, self._client.bytes_read)

    def close(self) -> None:
        self._client.close()

    def _list(self, repository: str) -> list[TagListing]:
        parts: list[TagListing] = []
        try:
            for page in self._client.tags(repository):
                tags = tuple(map(Tag, page.names))
                parts.append(TagListing(repository, tags, page.is_last, rejected=page.rejected))
            self._availability.answered(repository)
        except _WHOLE_REGISTRY:
            raise
        except RegistryError as error:
            parts.append(TagListing(repository, error=self._failure(repository, error)))
        return parts

    def _resolve(self, reference: Reference) -> Resolution:
        if given_up := self._availability.given_up(reference.repository):
            return Resolution(reference, error=given_up)
        try:
            manifest = self._client.manifest(reference)
            self._availability.answered(reference.repository)
        except _WHOLE_REGISTRY:
            raise
        except RegistryError as error:
            return Resolution(reference, error=self._failure(reference.repository, error))
        if manifest is None:
            return Resolution(reference, absent=True)
        return Resolution(reference, manifest.digest, manifest.media_type)

    def _failure(self, repository: str, error: RegistryError) -> RegistryError:
        """As a value to be kept. Raise what is wrong with the registry itself, if that is."""
        failure = error.plain()
        self._availability.failed(repository, failure)
        return failure


PROVIDER = Provider(
    slug="distribution",
    name="OCI registry",
    connect=DistributionClient,
    credential_fields=(
        CredentialField("username", "User name", "As for docker login; empty for anonymous"),
        CredentialField(
            "secret", "Password or token", "A token with read (pull) rights is enough", True
        ),
    ),
)
