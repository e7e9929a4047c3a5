"""Azure Container Registry: tags from its own API, catalog and manifests from the registry API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from registries.errors import AccessDenied, RegistryError
from registries.oci.reference import Reference
from registries.providers.acr.api import PAGE_SIZE, QUIRKS, TOKEN_USER, AcrAPI
from registries.providers.acr.pushes import PUSHES
from registries.providers.acr.tags import from_manifests, from_tags
from registries.providers.distribution.provider import DistributionClient
from registries.providers.shared.base import CredentialField, Provider, Resolution, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.fallback import tags_with_fallback
from registries.transport.endpoint import Credential, Endpoint

HOSTS = ("*.azurecr.io", "*.azurecr.cn", "*.azurecr.us")
# What a registry answers if its firewall blocks our network. The wording changed over time.
_FIREWALL_PHRASES = ("is not allowed access", "aka.ms/acr/firewall")


class BlockedByFirewall(AccessDenied):
    """The registry's firewall does not allow our network."""

    hint = (
        "Allow HarborGuard's address under Networking in the registry's settings, or connect to "
        "the registry's private endpoint"
    )


class AcrClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._api = AcrAPI(endpoint)
        self._registry = DistributionClient(endpoint, QUIRKS)
        super().__init__(endpoint, self._registry, self._api)

    def ping(self) -> None:
        with _firewall_errors():
            self._registry.ping()

    def repositories(self) -> Iterator[str]:
        with _firewall_errors():
            yield from self._registry.repositories()

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return self._registry.rejected_repositories

    def resolution(self, reference: Reference) -> Resolution:
        return self._registry.resolution(reference)

    def listing(self, repository: str) -> Iterator[TagListing]:
        return tags_with_fallback(self._tags_by_api, self._registry.listing, repository)

    def _tags_by_api(self, repository: str) -> Iterator[TagListing]:
        """Yield the tags. In a small repository, one page of manifests includes all of them.

        In a large repository, most manifests are untagged, and tags move while they are read. So
        the list of tags decides, and only as many manifests are read as are needed for details.
        """
        pages = self._api.manifests(repository)
        first, is_all = next(pages)
        if is_all:
            return from_manifests(repository, first)
        tags = (row for rows, _ in self._api.tags(repository) for row in rows)
        return from_tags(repository, tags, first, (rows for rows, _ in pages))


@contextmanager
def _firewall_errors() -> Iterator[None]:
    try:
        yield
    except RegistryError as refusal:
        message = str(refusal)
        if refusal.status != 403 or not any(phrase in message for phrase in _FIREWALL_PHRASES):
            raise
        raise BlockedByFirewall(
            f"Access denied by the registry's firewall: {message}", status=403
        ) from None


def _normal_login(credential: Credential) -> Credential:
    """Return the credentials. A secret without a user name is a refresh token, as at Azure."""
    username, secret = credential.username.strip(), credential.secret.strip()
    return Credential(username or TOKEN_USER, secret) if secret else Credential(username, secret)


PROVIDER = Provider(
    slug="acr",
    name="Azure Container Registry",
    connect=AcrClient,
    hosts=HOSTS,
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            "Name of a token, application (client) ID of a service principal, or the admin user. "
            "Leave empty for a refresh token or anonymous pull",
        ),
        CredentialField(
            "secret",
            "Password or client secret",
            "Requires the role AcrPull, or content/read and metadata/read on the repositories",
            True,
        ),
    ),
    login=_normal_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
