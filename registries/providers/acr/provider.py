"""Azure Container Registry: tags by its own API, catalog and manifests by the registry API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from registries.errors import AccessDenied, RegistryError
from registries.oci.reference import Reference
from registries.providers.acr.api import PAGE_SIZE, QUIRKS, TOKEN_USER, AcrAPI
from registries.providers.acr.pushes import PUSHES
from registries.providers.acr.tags import described, of_manifests
from registries.providers.distribution.provider import DistributionClient
from registries.providers.shared.base import CredentialField, Provider, Resolution, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.fallback import tags_with_fallback
from registries.transport.endpoint import Credential, Endpoint

HOSTS = ("*.azurecr.io", "*.azurecr.cn", "*.azurecr.us")
# How a registry says that our network may not reach it. The wording has changed over time.
_WORDS_OF_THE_FIREWALL = ("is not allowed access", "aka.ms/acr/firewall")


class ShutOut(AccessDenied):
    hint = (
        "The registry accepts only some networks. Allow this installation's address under "
        "Networking in the registry's settings, or connect to its private endpoint"
    )


class AcrClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._api = AcrAPI(endpoint)
        self._registry = DistributionClient(endpoint, QUIRKS)
        super().__init__(endpoint, self._registry, self._api)

    def ping(self) -> None:
        with _firewall_named():
            self._registry.ping()

    def repositories(self) -> Iterator[str]:
        with _firewall_named():
            yield from self._registry.repositories()

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return self._registry.rejected_repositories

    def resolution(self, reference: Reference) -> Resolution:
        return self._registry.resolution(reference)

    def listing(self, repository: str) -> Iterator[TagListing]:
        return tags_with_fallback(self._tags_by_api, self._registry.listing, repository)

    def _tags_by_api(self, repository: str) -> Iterator[TagListing]:
        """Yield the tags. For a small repository, one page of manifests includes them all.

        In a large repository most manifests have no tag any more, and tags move while they are
        read. So the list of tags decides, and manifests are read only as far as they describe it.
        """
        pages = self._api.manifests(repository)
        first, is_all = next(pages)
        if is_all:
            return of_manifests(repository, first)
        tags = (row for rows, _ in self._api.tags(repository) for row in rows)
        return described(repository, tags, first, (rows for rows, _ in pages))


@contextmanager
def _firewall_named() -> Iterator[None]:
    try:
        yield
    except RegistryError as refusal:
        said = str(refusal)
        if refusal.status != 403 or not any(word in said for word in _WORDS_OF_THE_FIREWALL):
            raise
        raise ShutOut(f"Access denied by the registry's firewall: {said}", status=403) from None


def _login(credential: Credential) -> Credential:
    """Return the credentials; a secret without a user name is a refresh token, as in Azure's
    tools."""
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
            "Name of a token, application (client) ID of a service principal, or the admin "
            "user. Empty for a refresh token and for anonymous pull",
        ),
        CredentialField(
            "secret",
            "Password or client secret",
            "With the role AcrPull, or content/read and metadata/read on the repositories",
            True,
        ),
    ),
    login=_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
