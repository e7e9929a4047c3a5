"""Sonatype Nexus 3: the images of a repository from its own API, single manifests from /v2/."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from registries.errors import RegistryError
from registries.oci.listing import MAX_REJECTED
from registries.oci.media_types import media_type
from registries.oci.quirks import Quirks
from registries.oci.reference import Reference, is_digest, is_repository, is_tag
from registries.providers.distribution.provider import DistributionClient
from registries.providers.nexus.api import GROUP, PAGE_SIZE, Nexus, Row, is_page_lost
from registries.providers.nexus.pushes import PUSHES
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.details import parse_details
from registries.providers.shared.fallback import REFUSALS, mark_as_fallback, names_with_fallback
from registries.providers.shared.keyed_names import BY_HOST, BY_PATH, KeyedNames, keyed_names
from registries.providers.shared.listings import restart_if_lost, shorten_rejected, split_listing
from registries.providers.shared.login import basic_login
from registries.providers.shared.native_api import NativeAPI, objects, text_of
from registries.providers.shared.options import ConnectionOption, api_base, as_api_base
from registries.providers.shared.tag_cache import TagCache
from registries.providers.shared.timestamps import timestamp_from_text
from registries.transport.endpoint import Endpoint

# A connector's links point to the repository at the main URL.
_QUIRKS = Quirks(misleading_links=True)


class NexusClient(MultiAPIClient):
    """A client that reads names and tags from one listing per repository, and caches the tags.

    Everything else, such as tags after a push, comes from the registry API, which is always
    current, while the search index lags behind.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._configured = endpoint.option_list("repositories")
        self._member_names = endpoint.option_list("members")
        self._names = keyed_names(endpoint.option("addressing") or BY_HOST, self._configured)
        origin, base = api_base(endpoint.option("api_url") or str(endpoint.origin))
        login = basic_login(endpoint.credential)
        self._api = NativeAPI(replace(endpoint, origin=origin), login)
        self._nexus = Nexus(self._api, base)
        self._registry = DistributionClient(endpoint, _QUIRKS)
        super().__init__(endpoint, self._registry, self._api)
        self._cache = TagCache()
        self._refused_by = ""
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        self._cache = TagCache()
        return names_with_fallback(
            self._names_by_api(), self._registry.repositories, self._note_refusal
        )

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        not_cached = []
        # The names may come from repositories(), and the cache is complete once that has ended.
        for name in list(repositories):
            if cached := self._cache.take(name):
                yield from split_listing(name, *cached)
            else:
                not_cached.append(name)
        yield from super().tags(not_cached)

    def listing(self, repository: str) -> Iterator[TagListing]:
        return mark_as_fallback(self._registry.listing(repository), self._refused_by)

    def resolution(self, reference: Reference) -> Resolution:
        return self._registry.resolution(reference)

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return shorten_rejected((*self._rejected, *self._registry.rejected_repositories))

    def _note_refusal(self, refusal: RegistryError) -> None:
        self._refused_by = str(refusal)

    def _names_by_api(self) -> Iterator[str]:
        keys = self._read_keys()
        for key in keys:
            yield from self._names_in(key)
        self._cache.is_complete = True
        # The URL may belong to a repository that the credentials see in the catalog only.
        if not keys:
            yield from self._registry.repositories()

    def _read_keys(self) -> list[str]:
        """Return the keys of this connection's repositories, empty if unknown."""
        if self._names.own_key is None:
            return list(self._configured) or [
                name for name, kind in self._nexus.kinds().items() if kind != GROUP
            ]
        if not self._configured and len(self._nexus.kinds()) == 1:
            self._names = KeyedNames(*self._nexus.kinds())
        return [self._names.own_key] if self._names.own_key else []

    def _names_in(self, key: str) -> Iterator[str]:
        for source in self._sources(key, set()):
            for row in restart_if_lost(partial(self._nexus.components, source), is_page_lost):
                name = self._names.name(key, text_of(row, "name"))
                if is_repository(name):
                    if self._cache.add_repository(name):
                        yield name
                    self._cache_tag(name, row)
                elif len(self._rejected) < MAX_REJECTED:
                    self._rejected.append(name)

    def _cache_tag(self, name: str, row: Row) -> None:
        """Cache a tag, unless the version is the digest of an index's child."""
        version = text_of(row, "version")
        if not version.startswith("sha256:"):
            self._cache.add(name, version[:300], _tag(row) if is_tag(version) else None)

    def _sources(self, key: str, known: set[str]) -> Iterator[str]:
        """Yield ``key``, or a group's members in order: of two images, the first one wins."""
        known.add(key)
        if self._kind(key) != GROUP:
            yield key
            return
        for name in self._members(key):
            if name not in known:
                yield from self._sources(name, known)

    def _members(self, group: str) -> Iterable[str]:
        if self._member_names and self._configured == (group,):
            return self._member_names
        return self._nexus.members(group)

    def _kind(self, key: str) -> str:
        """Return the kind, or "" if unknown."""
        try:
            return self._nexus.kinds().get(key, "")
        except RegistryError as refusal:
            if refusal.status not in REFUSALS:
                raise
            return GROUP if self._member_names and self._configured == (key,) else ""


def _tag(row: Row) -> Tag:
    name = text_of(row, "version")
    manifests = (
        asset
        for asset in objects(row.get("assets"), "components")
        if text_of(asset, "path").endswith(f"/manifests/{name}")
    )
    asset = next(manifests, {})
    digest = f"sha256:{text_of(asset.get('checksum'), 'sha256').lower()}"
    return Tag(
        name,
        digest if is_digest(digest) else None,
        media_type(text_of(asset, "contentType")),
        parse_details(pushed_at=timestamp_from_text(asset.get("lastModified"))),
    )


PROVIDER = Provider(
    slug="nexus",
    name="Sonatype Nexus",
    connect=NexusClient,
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            "A user name, or the name code of a user token. Leave empty for anonymous access",
        ),
        CredentialField(
            "secret",
            "Password or pass code",
            "The user needs browse and read privileges on the repository",
            True,
        ),
    ),
    options=(
        ConnectionOption(
            "addressing",
            "Addressing",
            "How docker pull reaches a repository",
            choices=(
                (BY_HOST, "By connector: a port or host that belongs to one repository"),
                (BY_PATH, "By path: host/<repository>/<image>"),
            ),
        ),
        ConnectionOption(
            "repositories",
            "Repositories",
            "Names of the Docker repositories in Nexus. By connector, enter the one behind the "
            "URL. By path, leave empty to read all that are not groups",
            is_list=True,
        ),
        ConnectionOption(
            "members",
            "Group members",
            "If the repository is a group, its members in order. Required for webhooks, which name "
            "the members, and if the credentials may not list them",
            is_list=True,
        ),
        ConnectionOption(
            "api_url",
            "Nexus URL",
            "URL of Nexus itself, if it differs from the connector's",
            leads_credential=True,
            check=as_api_base,
        ),
    ),
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
