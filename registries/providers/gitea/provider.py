"""Gitea and Forgejo: repositories and tags by owner from the API, digests from the registry.

The registry's catalog would also list the public images of every other user of the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from registries.errors import RegistryError
from registries.oci.reference import Reference, is_repository, is_tag
from registries.providers.distribution.provider import DistributionClient
from registries.providers.gitea.api import PAGE_SIZE, GiteaAPI, Row
from registries.providers.gitea.pushes import PUSHES
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.combined_catalog import NamespacesNeeded, combine_catalogs
from registries.providers.shared.details import NO_DETAILS, Details, parse_details
from registries.providers.shared.fallback import REFUSALS
from registries.providers.shared.listings import split_listing
from registries.providers.shared.native_api import text_of
from registries.providers.shared.options import ConnectionOption, api_base, as_api_base
from registries.providers.shared.tag_cache import TagCache
from registries.providers.shared.timestamps import timestamp_from_text
from registries.transport.endpoint import Endpoint


class GiteaClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._owners = endpoint.option_list("owners")
        self._api = _api_at(endpoint)
        self._registry = DistributionClient(endpoint)
        super().__init__(endpoint, self._registry, self._api)
        self._cache = TagCache()
        self._details: dict[Reference, Details] = {}
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        cache = self._cache = TagCache()
        self._details.clear()
        listings = (self._names_of(owner, cache) for owner in self._owners or self._find_owners())
        yield from combine_catalogs(listings, self._registry.ping, self._rejected)
        cache.is_complete = True

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        not_cached = []
        # The names may come from repositories(), and the cache is complete once that has ended.
        for name in list(repositories):
            if cached := self._cache.take(name):
                tags, invalid = cached
                self._details |= {Reference(name, tag.name): tag.details for tag in tags}
                yield from split_listing(name, tags, invalid)
            else:
                not_cached.append(name)
        yield from super().tags(not_cached)

    def listing(self, repository: str) -> Iterator[TagListing]:
        return self._registry.listing(repository)

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return tuple(self._rejected)

    def _find_owners(self) -> Iterator[str]:
        try:
            yield self._api.user()
        except RegistryError as refusal:
            if refusal.status not in REFUSALS:
                raise
            # If the credentials are rejected, that is the error to report.
            self._registry.ping()
            raise NamespacesNeeded(
                f"Catalog forbidden: the API does not say whose packages to list: {refusal}",
                status=refusal.status,
            ) from None
        try:
            yield from self._api.organizations()
        except RegistryError as refusal:
            # Listing organizations needs another scope than reading packages.
            if refusal.status not in REFUSALS:
                raise

    def _names_of(self, owner: str, cache: TagCache) -> Iterator[str]:
        for rows in self._api.versions(owner):
            for row in rows:
                repository, version = _repository(row, owner), text_of(row, "version")
                if not is_repository(repository) or cache.add_repository(repository):
                    yield repository
                # The version is a digest for images of an index and for untagged images.
                if is_repository(repository) and ":" not in version:
                    cache.add(repository, version[:300], _tag(row) if is_tag(version) else None)

    def resolution(self, reference: Reference) -> Resolution:
        found = self._registry.resolution(reference)
        known = self._details.pop(reference, NO_DETAILS)
        return replace(found, details=known) if known and found.digest else found


def _repository(row: Row, owner: str) -> str:
    """Return the name for docker pull: owners may have capital letters, image names do not."""
    return f"{(text_of(row.get('owner'), 'login') or owner).lower()}/{text_of(row, 'name')}"


def _tag(row: Row) -> Tag:
    pushed_at = timestamp_from_text(row.get("created_at"))
    return Tag(text_of(row, "version"), details=parse_details(pushed_at=pushed_at))


def _api_at(endpoint: Endpoint) -> GiteaAPI:
    address = endpoint.option("api_url")
    if not address:
        return GiteaAPI(endpoint)
    origin, base = api_base(address)
    return GiteaAPI(replace(endpoint, origin=origin), base)


PROVIDER = Provider(
    slug="gitea",
    name="Gitea or Forgejo",
    connect=GiteaClient,
    hosts=("codeberg.org",),
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            "The user name for docker login. Leave empty for anonymous access",
        ),
        CredentialField(
            "secret",
            "Access token",
            "A token with read access to packages, and to users and organizations unless you list "
            "the owners",
            True,
        ),
    ),
    options=(
        ConnectionOption(
            "owners",
            "Owners",
            "Users and organizations to read. Leave empty to read the token's user and the user's "
            "organizations",
            is_list=True,
        ),
        ConnectionOption(
            "api_url",
            "Gitea URL",
            "URL of Gitea or Forgejo, if it differs from the registry's, such as "
            "https://example.com/gitea",
            leads_credential=True,
            check=as_api_base,
        ),
    ),
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
