"""Registries with the OCI distribution API, such as CNCF Distribution.

Their tag lists have no digests, so each tag costs a HEAD request.
"""

from __future__ import annotations

from collections.abc import Iterator

from registries.oci.client import OCIClient
from registries.oci.listing import MAX_REJECTED
from registries.oci.quirks import NO_QUIRKS, Quirks
from registries.oci.reference import Reference
from registries.providers.distribution.pushes import PUSHES
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.transport.endpoint import Endpoint


class DistributionClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint, quirks: Quirks = NO_QUIRKS) -> None:
        self._client = OCIClient(endpoint, quirks=quirks)
        super().__init__(endpoint, self._client)
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._client.ping()

    def repositories(self) -> Iterator[str]:
        for page in self._client.catalog():
            self._rejected += page.rejected[: MAX_REJECTED - len(self._rejected)]
            yield from page.names

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return tuple(self._rejected)

    def listing(self, repository: str) -> Iterator[TagListing]:
        """Yield the tags of one repository. Raise RegistryError."""
        for page in self._client.tags(repository):
            tags = tuple(map(Tag, page.names))
            yield TagListing(repository, tags, page.is_last, rejected=page.rejected)

    def resolution(self, reference: Reference) -> Resolution:
        """Return what one reference points to. Raise RegistryError."""
        manifest = self._client.manifest(reference)
        if manifest is None:
            return Resolution(reference, absent=True)
        return Resolution(reference, manifest.digest, manifest.media_type)


PROVIDER = Provider(
    slug="distribution",
    name="OCI registry",
    connect=DistributionClient,
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            "The user name for docker login. Leave empty for anonymous access",
        ),
        CredentialField(
            "secret", "Password or token", "A token with read (pull) permission is sufficient", True
        ),
    ),
    pushes=PUSHES,
)
