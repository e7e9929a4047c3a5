"""zot: tags and digests of all repositories in one listing of its search extension.

The registry API is used for repositories without images, for deleted ones, and for everything if
the extension is disabled.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import islice

from registries.errors import PaginationUntrusted, RegistryError
from registries.oci.media_types import media_type
from registries.oci.reference import Reference, is_digest, is_repository, is_tag
from registries.providers.distribution.provider import DistributionClient
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import WHOLE_REGISTRY, MultiAPIClient
from registries.providers.shared.details import Details, parse_details, platform
from registries.providers.shared.fallback import REFUSALS, mark_as_fallback
from registries.providers.shared.listings import restart_if_lost, shorten_rejected, split_listing
from registries.providers.shared.native_api import text_of
from registries.providers.shared.tag_cache import TagCache
from registries.providers.shared.timestamps import timestamp_from_text
from registries.providers.zot.api import PAGE_SIZE, Row, ZotSearch
from registries.providers.zot.pushes import PUSHES
from registries.transport.endpoint import Endpoint

# zot sorts all images again for each page, so large registries are read by repository.
_MAX_IMAGES_AT_ONCE = 20_000
_BATCH_SIZE = 200
# The extension is disabled, forbidden for these credentials, or of another version.
_NO_SEARCH_STATUSES = REFUSALS | {400, 422, 501}
_IMAGE_CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)


class ZotClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._search = ZotSearch(endpoint)
        self._registry = DistributionClient(endpoint)
        super().__init__(endpoint, self._registry, self._search)
        self._cache = TagCache()
        self._has_search = True
        self._should_cache = True
        self._refused_by = ""

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        """Yield the catalog: the search omits repositories without images."""
        self._cache, self._should_cache = TagCache(), True
        seen: set[str] = set()
        for name in restart_if_lost(self._registry.repositories):
            if name not in seen:
                seen.add(name)
                yield name

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        names = iter(repositories)
        while batch := list(islice(names, _BATCH_SIZE)):
            if len(batch) > 1 and self._has_search and self._should_cache:
                self._cache_all(len(batch))
            yield from super().tags(batch)

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return self._registry.rejected_repositories

    def _cache_all(self, repositories: int) -> None:
        """Cache the tags of all repositories if that takes fewer requests than one for each.

        An error here occurs again, and is reported, when a repository is read.
        """
        self._should_cache = False
        cache = TagCache()
        try:
            for page in self._search.images(""):
                if page.total > min(_MAX_IMAGES_AT_ONCE, repositories * PAGE_SIZE):
                    return
                _add_tags(page.rows, cache)
        except WHOLE_REGISTRY as error:
            self._handle(error)
        except RegistryError as error:
            if error.status in _NO_SEARCH_STATUSES:
                self._stop_searching(error)
        else:
            cache.is_complete = True
            self._cache = cache

    def listing(self, repository: str) -> Iterator[TagListing]:
        if cached := self._cache.take(repository):
            yield from split_listing(repository, *cached)
            return
        try:
            is_found = yield from self._search_tags(repository)
        except RegistryError as error:
            self._handle(error)
            is_found = False
        if not is_found:
            parts = restart_if_lost(lambda: self._registry.listing(repository))
            yield from mark_as_fallback(parts, self._refused_by)

    def _search_tags(self, repository: str) -> Generator[TagListing, None, bool]:
        """Yield the repository's tags. Return whether the search found any."""
        is_found = False
        if not self._has_search or not is_repository(repository):
            return False
        for page in self._search.images(repository):
            rows = [row for row in page.rows if text_of(row, "RepoName") == repository]
            tags = tuple(_tag(row) for row in rows if is_tag(row.get("Tag")))
            invalid = shorten_rejected(
                text_of(row, "Tag") for row in rows if not is_tag(row.get("Tag"))
            )
            if rows:
                is_found = True
                yield TagListing(repository, tags, rejected=invalid)
        if is_found:
            yield TagListing(repository, complete=True)
        return is_found

    def _handle(self, error: RegistryError) -> None:
        """Raise the error, unless the registry API can be used instead."""
        if error.status in _NO_SEARCH_STATUSES:
            self._stop_searching(error)
        elif not isinstance(error, PaginationUntrusted):
            raise error

    def _stop_searching(self, refusal: RegistryError) -> None:
        self._has_search, self._refused_by = False, str(refusal)

    def resolution(self, reference: Reference) -> Resolution:
        # A single tag is resolved because it may have changed.
        self._cache.take(reference.repository)
        return self._registry.resolution(reference)


def _add_tags(rows: Iterable[Row], cache: TagCache) -> None:
    for row in rows:
        repository, name = text_of(row, "RepoName"), text_of(row, "Tag")
        if is_repository(repository):
            cache.add_repository(repository)
            cache.add(repository, name[:300], _tag(row) if is_tag(name) else None)


def _tag(row: Row) -> Tag:
    digest = row.get("Digest")
    return Tag(
        text_of(row, "Tag"),
        str(digest) if is_digest(digest) else None,
        media_type(text_of(row, "MediaType")),
        _details(row),
    )


def _details(row: Row) -> Details:
    listed = row.get("Manifests")
    manifests = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    platforms = [one["Platform"] for one in manifests if isinstance(one.get("Platform"), dict)]
    # zot reports the type of the configuration for artifacts without a type.
    types = {text_of(one, "ArtifactType") for one in manifests} - _IMAGE_CONFIGS
    return parse_details(
        size=row.get("Size"),
        pushed_at=timestamp_from_text(row.get("TaggedTimestamp"))
        or timestamp_from_text(row.get("PushTimestamp")),
        platforms=[platform(one.get("Os"), one.get("Arch")) for one in platforms],
        artifact_type=types.pop() if len(manifests) == len(types) == 1 else "",
    )


PROVIDER = Provider(
    slug="zot",
    name="zot",
    connect=ZotClient,
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            "The user name for docker login. Leave empty for anonymous access",
        ),
        CredentialField(
            "secret",
            "Password or API key",
            "The user needs read access to the repositories; zot hides all others",
            True,
        ),
    ),
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
