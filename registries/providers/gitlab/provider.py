"""GitLab: repositories from its API, tags from its registry, which are two hosts.

For gitlab.com the API's URL is known; elsewhere it is an option of the connection. The registry API
is used without it, and for credentials that GitLab's API rejects, such as deploy tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from registries.errors import CatalogForbidden
from registries.oci.media_types import media_type
from registries.oci.reference import Reference, is_digest, is_repository, is_tag
from registries.oci.scope import NO_SCOPE, Scopes, pull
from registries.providers.distribution.provider import DistributionClient
from registries.providers.gitlab.api import GitLabAPI, is_within
from registries.providers.gitlab.dialect import GitLabDialect
from registries.providers.gitlab.pushes import PUSHES
from registries.providers.gitlab.tags import PAGE_SIZE, GitLabTags, Row, token_batches
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.combined_catalog import combine_catalogs
from registries.providers.shared.details import parse_details
from registries.providers.shared.fallback import mark_as_fallback, tags_with_fallback
from registries.providers.shared.listings import shorten_rejected
from registries.providers.shared.missing_repositories import MissingRepositoryResolver
from registries.providers.shared.native_api import text_of
from registries.providers.shared.options import ConnectionOption, as_origin, as_path
from registries.providers.shared.timestamps import timestamp_from_text
from registries.transport.endpoint import Credential, Endpoint
from registries.transport.origin import Origin

_HOST = "registry.gitlab.com"
_API = "https://gitlab.com"


class GitLabClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        endpoint = replace(endpoint, dialect=GitLabDialect())
        address = endpoint.option("api_url") or (_API if endpoint.origin.host == _HOST else "")
        self._api: GitLabAPI | None = None
        if address:
            gitlab = Origin.parse(address)
            self._api = GitLabAPI(replace(endpoint, origin=gitlab))
            # GitLab also issues the registry's tokens.
            endpoint = replace(endpoint, trusted_realms=endpoint.trusted_realms | {gitlab})
        self._endpoint = endpoint
        self._registry = DistributionClient(endpoint)
        self._tags = GitLabTags(endpoint)
        super().__init__(endpoint, self._registry, self._tags, self._api)
        self._resolver = self._api and MissingRepositoryResolver(
            self._registry.resolution, self._api.is_missing
        )
        self._scopes: dict[str, Scopes] = {}
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        if self._api is None:
            return self._registry.repositories()
        return combine_catalogs(
            self._group_listings(self._api), self._registry.ping, self._rejected
        )

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        return super().tags(self._share_tokens(repositories))

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return self._registry.rejected_repositories or tuple(self._rejected)

    def _group_listings(self, api: GitLabAPI) -> Iterator[Iterator[str]]:
        groups, projects = map(self._endpoint.option_list, ("groups", "projects"))
        if groups or projects:
            yield from map(api.group_repositories, groups)
            yield from map(api.project_repositories, projects)
            return
        if self._endpoint.credential is None:
            raise CatalogForbidden(
                "Catalog forbidden: without credentials, list the groups or projects to read "
                "in the connection's options"
            )
        own_groups = set(api.groups())
        yield from map(api.group_repositories, sorted(own_groups))
        for project in api.projects():
            if not is_within(project, own_groups):
                yield api.discovered_project_repositories(project)

    def _share_tokens(self, repositories: Iterable[str]) -> Iterator[str]:
        for names in token_batches(repositories):
            scopes = NO_SCOPE.union(*map(pull, filter(is_repository, names)))
            for name in names:
                self._scopes[name] = scopes
                yield name

    def resolution(self, reference: Reference) -> Resolution:
        return (self._resolver or self._registry).resolution(reference)

    def listing(self, repository: str) -> Iterator[TagListing]:
        scopes = self._scopes.pop(repository, None) or pull(repository)
        if not is_repository(repository):
            return self._registry.listing(repository)
        if refusal := self._tags.refused_by(scopes):
            return mark_as_fallback(self._registry.listing(repository), refusal)
        return tags_with_fallback(
            lambda name: self._tags_with_digests(name, scopes), self._registry.listing, repository
        )

    def _tags_with_digests(self, repository: str, scopes: Scopes) -> Iterator[TagListing]:
        for rows in self._tags.pages(repository, scopes):
            names = [text_of(row, "name") for row in rows]
            yield TagListing(
                repository,
                tuple(_tag(row) for row, name in zip(rows, names, strict=True) if is_tag(name)),
                rejected=shorten_rejected(name for name in names if not is_tag(name)),
            )
        yield TagListing(repository, complete=True)


def _tag(row: Row) -> Tag:
    digest = text_of(row, "digest")
    return Tag(
        text_of(row, "name"),
        digest if is_digest(digest) else None,
        media_type(text_of(row, "media_type")),
        parse_details(
            size=row.get("size_bytes"),
            pushed_at=timestamp_from_text(row.get("published_at"))
            or timestamp_from_text(row.get("created_at")),
        ),
    )


def _normal_login(credential: Credential) -> Credential:
    username, secret = credential.username.strip(), credential.secret.strip()
    if secret and not username:
        raise ValueError(
            "Enter a user name with the token: your own for a personal access token, the bot's "
            "for a project or group access token, or the deploy token's"
        )
    return Credential(username, secret)


PROVIDER = Provider(
    slug="gitlab",
    name="GitLab Container Registry",
    connect=GitLabClient,
    hosts=(_HOST,),
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            "Your own for a personal access token, the bot's for a project or group access token, "
            "or the deploy token's",
        ),
        CredentialField(
            "secret",
            "Access token",
            "A token with the scopes read_registry and read_api; a deploy token needs only "
            "read_registry",
            True,
        ),
    ),
    options=(
        ConnectionOption(
            "groups",
            "Groups",
            "Paths of the groups to read, including subgroups, such as team/backend. Leave groups "
            "and projects empty to read everything that the token's user is a member of",
            is_list=True,
            check=as_path,
        ),
        ConnectionOption(
            "projects",
            "Projects",
            "Paths of individual projects to read, such as team/backend/shop",
            is_list=True,
            check=as_path,
        ),
        ConnectionOption(
            "api_url",
            "GitLab URL",
            "Only for self-managed GitLab, such as https://gitlab.example.com. The registry has "
            "another host or port, and its tokens are issued by GitLab",
            leads_credential=True,
            check=as_origin,
        ),
    ),
    login=_normal_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
    silent_hosts=(_HOST,),
)
