"""Docker Hub: repositories and tags from its own API, single manifests from the registry.

Its host names are interchangeable: the registry has one of them, the API another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from registries.errors import AccessDenied, NotFound, RegistryError
from registries.oci.reference import Reference, is_tag
from registries.providers.distribution.provider import DistributionClient
from registries.providers.docker_hub.api import PAGE_SIZE, DockerHubAPI
from registries.providers.docker_hub.pushes import PUSHES
from registries.providers.docker_hub.tags import tag_of
from registries.providers.shared.base import CredentialField, Provider, Resolution, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.combined_catalog import NamespacesNeeded, combine_catalogs
from registries.providers.shared.fallback import REFUSALS, tags_with_fallback
from registries.providers.shared.listings import shorten_rejected
from registries.providers.shared.native_api import text_of
from registries.providers.shared.options import ConnectionOption, as_name, as_origin
from registries.transport.endpoint import Credential, Endpoint
from registries.transport.origin import Origin

HOSTS = (
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
    "hub.docker.com",
)
_REGISTRY = Origin.parse("https://registry-1.docker.io")
_API = Origin.parse("https://hub.docker.com")


class DockerHubClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._namespaces = endpoint.option_list("namespaces")
        self._hub = DockerHubAPI(api_of(endpoint))
        self._registry = DistributionClient(registry_of(endpoint))
        super().__init__(endpoint, self._registry, self._hub)
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._registry.ping()
        self._hub.confirm_login()

    def repositories(self) -> Iterator[str]:
        namespaces = self._namespaces or self._discover_namespaces()
        listings = map(self._repositories_of, dict.fromkeys(namespaces))
        yield from combine_catalogs(listings, self._hub.confirm_login, self._rejected)

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return tuple(self._rejected)

    def _discover_namespaces(self) -> list[str]:
        own = self._hub.own_namespace()
        found = [own] if own else []
        if self._hub.is_personal:
            try:
                found += self._hub.organizations()
            except RegistryError as refusal:
                if refusal.status not in REFUSALS:
                    raise
        if not found:
            raise NamespacesNeeded("Docker Hub does not list the namespaces for these credentials")
        return found

    def _repositories_of(self, namespace: str) -> Iterator[str]:
        return (f"{namespace}/{name}" for name in self._hub.repositories(namespace))

    def listing(self, repository: str) -> Iterator[TagListing]:
        sees_all = self._hub.is_personal
        return tags_with_fallback(
            self._tags_by_api, self._registry.listing, repository, sees_all=sees_all
        )

    def _tags_by_api(self, repository: str) -> Iterator[TagListing]:
        for rows in self._hub.tags(repository):
            names = [text_of(row, "name") for row in rows]
            tags = tuple(tag_of(row) for row, name in zip(rows, names, strict=True) if is_tag(name))
            invalid = shorten_rejected(name for name in names if not is_tag(name))
            yield TagListing(repository, tags, rejected=invalid)
        yield TagListing(repository, complete=True)

    def resolution(self, reference: Reference) -> Resolution:
        """Resolve a reference at the registry, where a HEAD request does not count as a pull.

        The registry denies access to missing and private repositories alike. The API distinguishes
        them, unless the token has lost its access to private repositories.
        """
        try:
            return self._registry.resolution(reference)
        except AccessDenied:
            if not self._hub.is_personal:
                raise
            try:
                tag = tag_of(self._hub.tag(reference))
            except NotFound:
                return Resolution(reference, absent=True, doubtful=True)
            if tag.digest is None:
                raise
            return Resolution(reference, tag.digest, tag.media_type, details=tag.details)


def _is_docker_host(origin: Origin) -> bool:
    return origin.host.rstrip(".") in HOSTS


def registry_of(endpoint: Endpoint) -> Endpoint:
    return replace(endpoint, origin=_REGISTRY) if _is_docker_host(endpoint.origin) else endpoint


def api_of(endpoint: Endpoint) -> Endpoint:
    """Return the API's endpoint: Docker's, or that of a proxy."""
    if address := endpoint.option("api_url"):
        return replace(endpoint, origin=Origin.parse(address))
    return replace(endpoint, origin=_API) if _is_docker_host(endpoint.origin) else endpoint


def _as_namespace(text: str) -> str:
    return as_name(text).lower()


def _normal_login(credential: Credential) -> Credential:
    username, secret = credential.username.strip(), credential.secret.strip()
    if secret and not username:
        raise ValueError(
            "Enter a user name with the token: yours, or the organization that owns the token"
        )
    return Credential(username, secret)


PROVIDER = Provider(
    slug="docker-hub",
    name="Docker Hub",
    connect=DockerHubClient,
    hosts=HOSTS,
    credential_fields=(
        CredentialField(
            "username",
            "Docker ID or organization",
            "Your Docker ID, or the organization's name for an organization access token. "
            "Leave empty to read public images",
        ),
        CredentialField(
            "secret",
            "Access token",
            "A personal access token with read-only permission is sufficient",
            True,
        ),
    ),
    options=(
        ConnectionOption(
            "namespaces",
            "Namespaces",
            "Users and organizations to read, such as your Docker ID, or library for the official "
            "images. Leave empty to read the namespaces of your Docker ID",
            is_list=True,
            check=_as_namespace,
        ),
        ConnectionOption(
            "api_url",
            "API URL",
            "URL of a proxy for hub.docker.com. Leave empty to use hub.docker.com",
            leads_credential=True,
            check=as_origin,
        ),
    ),
    login=_normal_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
