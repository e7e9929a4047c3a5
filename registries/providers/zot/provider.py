"""zot: tags and digests of all repositories in one listing, where its search extension is on.

The registry API serves the rest: repositories without images, deleted ones, and everything where
the extension is off.
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

# zot sorts all images again for each page: large repositories are read one by one.
_LISTED_TOGETHER_MOST = 20_000
_ASKED_TOGETHER = 200
# The extension is off, not allowed for these credentials, or of another version.
_NO_SEARCH = REFUSALS | {400, 422, 501}
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
        self._kept = TagCache()
        self._is_searched = True
        self._is_to_be_kept = True
        self._refused_by = ""

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        """Yield the catalog: the search omits repositories without images."""
        self._kept, self._is_to_be_kept = TagCache(), True
        seen: set[str] = set()
        for name in restart_if_lost(self._registry.repositories):
            if name not in seen:
                seen.add(name)
                yield name

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        names = iter(repositories)
        while together := list(islice(names, _ASKED_TOGETHER)):
            if len(together) > 1 and self._is_searched and self._is_to_be_kept:
                self._keep_all(len(together))
            yield from super().tags(together)

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return self._registry.rejected_repositories

    def _keep_all(self, wanted: int) -> None:
        """Cache the tags of all repositories, if that takes fewer requests than one for each.

        An error here is raised again, and reported, where a repository is read.
        """
        self._is_to_be_kept = False
        kept = TagCache()
        try:
            for page in self._search.images(""):
                if page.total > min(_LISTED_TOGETHER_MOST, wanted * PAGE_SIZE):
                    return
                _keep(page.rows, kept)
        except WHOLE_REGISTRY as error:
            self._look_at(error)
        except RegistryError as error:
            if error.status in _NO_SEARCH:
                self._give_up(error)
        else:
            kept.is_complete = True
            self._kept = kept

    def listing(self, repository: str) -> Iterator[TagListing]:
        if kept := self._kept.take(repository):
            yield from split_listing(repository, *kept)
            return
        try:
            is_found = yield from self._found(repository)
        except RegistryError as error:
            self._look_at(error)
            is_found = False
        if not is_found:
            parts = restart_if_lost(lambda: self._registry.listing(repository))
            yield from mark_as_fallback(parts, self._refused_by)

    def _found(self, repository: str) -> Generator[TagListing, None, bool]:
        """Return whether the search knows the repository, and so all of its images."""
        is_found = False
        if not self._is_searched or not is_repository(repository):
            return False
        for page in self._search.images(repository):
            rows = [row for row in page.rows if text_of(row, "RepoName") == repository]
            tags = tuple(_tag(row) for row in rows if is_tag(row.get("Tag")))
            others = shorten_rejected(
                text_of(row, "Tag") for row in rows if not is_tag(row.get("Tag"))
            )
            if rows:
                is_found = True
                yield TagListing(repository, tags, rejected=others)
        if is_found:
            yield TagListing(repository, complete=True)
        return is_found

    def _look_at(self, error: RegistryError) -> None:
        """Raise the error, unless the registry API can serve instead."""
        if error.status in _NO_SEARCH:
            self._give_up(error)
        elif not isinstance(error, PaginationUntrusted):
            raise error

    def _give_up(self, refusal: RegistryError) -> None:
        self._is_searched, self._refused_by = False, str(refusal)

    def resolution(self, reference: Reference) -> Resolution:
        # Whoever asks for a single tag may know that it changed.
        self._kept.take(reference.repository)
        return self._registry.resolution(reference)


def _keep(rows: Iterable[Row], kept: TagCache) -> None:
    for row in rows:
        repository, name = text_of(row, "RepoName"), text_of(row, "Tag")
        if is_repository(repository):
            kept.add_repository(repository)
            kept.add(repository, name[:300], _tag(row) if is_tag(name) else None)


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
    # zot reports the type of the configuration where an artifact has none.
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
        CredentialField("username", "User name", "As for docker login. Empty for anonymous access"),
        CredentialField(
            "secret",
            "Password or API key",
            "Of a user that may read the repositories; zot hides all others",
            True,
        ),
    ),
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
