"""GitHub's container registry: packages and their versions from GitHub's own API.

That API accepts only classic personal access tokens. With other tokens, known repositories are read
from the registry, tag by tag.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from registries.errors import CatalogForbidden, MalformedResponse, RegistryError
from registries.oci.reference import Reference, is_digest, is_tag
from registries.providers.distribution.provider import DistributionClient
from registries.providers.ghcr.api import PAGE_SIZE, GitHubPackages, Row
from registries.providers.ghcr.pushes import PUSHES
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.combined_catalog import NamespacesNeeded, combine_catalogs
from registries.providers.shared.details import parse_details
from registries.providers.shared.fallback import REFUSALS, tags_with_fallback
from registries.providers.shared.listings import shorten_rejected
from registries.providers.shared.missing_repositories import MissingRepositoryResolver
from registries.providers.shared.options import ConnectionOption, api_base, as_api_base
from registries.providers.shared.timestamps import timestamp_from_text
from registries.transport.endpoint import Credential, Endpoint

_HOST = "ghcr.io"
_API = "https://api.github.com"
# The token server requires a user name, and accepts any.
_ANY_USER = "token"


class GHCRClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._owners = [owner.lower() for owner in endpoint.option_list("owners")]
        self._packages = _packages_at(endpoint)
        self._registry = DistributionClient(endpoint)
        super().__init__(endpoint, self._registry, self._packages)
        api = self._packages
        self._resolver = api and MissingRepositoryResolver(
            self._registry.resolution, api.is_missing
        )
        self._may_not_list_organizations = False
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        if self._packages is None:
            raise CatalogForbidden(
                "Catalog forbidden: GitHub lists packages only for a token, and only with its API"
            )
        is_empty = True
        for name in combine_catalogs(
            self._listings(self._packages), self._registry.ping, self._rejected
        ):
            is_empty = False
            yield name
        if is_empty and self._may_not_list_organizations:
            raise NamespacesNeeded(
                "Catalog forbidden: the token's user has no packages, and the token may not "
                "list organizations"
            )

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return tuple(self._rejected)

    def _listings(self, packages: GitHubPackages) -> Iterator[Iterator[str]]:
        if self._owners:
            yield from map(packages.repositories, self._owners)
            return
        yield packages.own_repositories()
        try:
            organizations = packages.organizations()
        except RegistryError as refusal:
            # Listing organizations needs another scope than reading packages.
            if refusal.status not in REFUSALS:
                raise
            self._may_not_list_organizations = True
        else:
            yield from map(packages.repositories, organizations)

    def resolution(self, reference: Reference) -> Resolution:
        return (self._resolver or self._registry).resolution(reference)

    def listing(self, repository: str) -> Iterator[TagListing]:
        if self._packages is None:
            return self._registry.listing(repository)
        return tags_with_fallback(self._tags_by_api, self._registry.listing, repository)

    def _tags_by_api(self, repository: str) -> Iterator[TagListing]:
        seen: set[str] = set()
        for rows in self._packages.versions(repository) if self._packages else ():
            tags = [tag for row in rows for tag in _tags(row) if tag.name not in seen]
            seen.update(tag.name for tag in tags)
            yield TagListing(
                repository,
                tuple(tag for tag in tags if is_tag(tag.name)),
                rejected=shorten_rejected(tag.name for tag in tags if not is_tag(tag.name)),
            )
        yield TagListing(repository, complete=True)


def _tags(row: Row) -> list[Tag]:
    """Return the tags of one version, none for images of an index and for replaced ones."""
    metadata = row.get("metadata")
    container = metadata.get("container") if isinstance(metadata, dict) else None
    names = container.get("tags") if isinstance(container, dict) else None
    names = [] if names is None else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise MalformedResponse("Malformed response: the tags of a version are not a list of names")
    digest = str(row.get("name"))
    known = parse_details(pushed_at=timestamp_from_text(row.get("created_at")))
    return [Tag(name, digest if is_digest(digest) else None, details=known) for name in names]


def _packages_at(endpoint: Endpoint) -> GitHubPackages | None:
    address = endpoint.option("api_url") or (_API if endpoint.origin.host == _HOST else "")
    if endpoint.credential is None or not address:
        return None
    origin, base = api_base(address)
    return GitHubPackages(replace(endpoint, origin=origin), base)


def _normal_login(credential: Credential) -> Credential:
    secret = credential.secret.strip()
    return Credential(credential.username.strip() or (secret and _ANY_USER), secret)


PROVIDER = Provider(
    slug="ghcr",
    name="GitHub Container Registry",
    connect=GHCRClient,
    hosts=(_HOST,),
    credential_fields=(
        CredentialField("username", "User name", "Any name; GitHub only checks the token"),
        CredentialField(
            "secret",
            "Personal access token (classic)",
            "A token with the scope read:packages. Fine-grained tokens cannot list packages",
            True,
        ),
    ),
    options=(
        ConnectionOption(
            "owners",
            "Owners",
            "Organizations and users to read. Leave empty to read the token's user and, with the "
            "scope read:org, the user's organizations",
            is_list=True,
        ),
        ConnectionOption(
            "api_url",
            "API URL",
            "Only for GitHub Enterprise Server, such as https://github.example.com/api/v3, "
            "or behind a proxy",
            leads_credential=True,
            check=as_api_base,
        ),
    ),
    login=_normal_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
