"""Google Artifact Registry, which also serves gcr.io.

Each of its repositories holds many images, and one listing has the tags of them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from registries.errors import (
    AccessDenied,
    CatalogForbidden,
    MalformedResponse,
    PaginationUntrusted,
    RegistryError,
    ResponseTooLarge,
)
from registries.oci.listing import MAX_REJECTED
from registries.oci.reference import (
    REPOSITORY_MAX_LENGTH,
    Reference,
    is_digest,
    is_repository,
    is_tag,
)
from registries.providers.artifact_registry.api import PAGE_SIZE, ArtifactRegistry
from registries.providers.artifact_registry.catalog import ArtifactCatalog
from registries.providers.artifact_registry.login import KeyTokens, login_of
from registries.providers.artifact_registry.names import (
    Place,
    as_location,
    as_project,
    as_repository,
)
from registries.providers.artifact_registry.pushes import PUSHES
from registries.providers.artifact_registry.registry_plane import GoogleRegistry
from registries.providers.artifact_registry.service_account_key import KEY, TOKEN, normal_login
from registries.providers.artifact_registry.tags import tags_of_page, tags_of_row
from registries.providers.artifact_registry.whole_listings import WholeListings
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.fallback import REFUSALS
from registries.providers.shared.listings import shorten_rejected, split_listing
from registries.providers.shared.options import ConnectionOption, as_origin
from registries.transport.endpoint import Endpoint
from registries.transport.origin import Origin

API = "https://artifactregistry.googleapis.com"


class ArtifactRegistryClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._tokens = KeyTokens(endpoint)
        login = login_of(endpoint, self._tokens)
        api = Origin.parse(endpoint.option("api_url") or API)
        self._api = ArtifactRegistry(replace(endpoint, origin=api), login)
        self._registry = GoogleRegistry(endpoint, login)
        self._catalog = ArtifactCatalog(endpoint, self._api, self._registry)
        self._listings = WholeListings(self._all_images)
        super().__init__(endpoint, self._api, self._registry, self._tokens)
        self._rejected: list[str] = []

    def ping(self) -> None:
        """Return if the registry answers: credentials that may not list anything are accepted
        too."""
        if project := self._catalog.project:
            with suppress(AccessDenied):
                self._api.check_login(project)
        else:
            self._registry.check_login()

    def repositories(self) -> Iterator[str]:
        seen: set[str] = set()
        places = self._catalog.places()
        for place in places:
            for image in self._images(place, is_only_one=len(places) == 1):
                name = self._catalog.names.join(place, image)
                if not is_repository(name):
                    self._rejected += shorten_rejected([name])[: MAX_REJECTED - len(self._rejected)]
                elif name not in seen:
                    seen.add(name)
                    yield name

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return tuple(self._rejected)

    def _images(self, place: Place, *, is_only_one: bool) -> list[str]:
        """Yield the images. A refused repository is listed as if it were an image.

        So its own refusal is reported when its tags are read, and the other repositories are read.
        """
        try:
            images = self._catalog.images(place)
        except CatalogForbidden:
            if is_only_one:
                raise
            return [""]
        self._listings.expect(place, len(images))
        return images

    def _all_images(self, place: Place) -> Iterator[tuple[str, list[Tag]]]:
        for rows in self._api.images(place):
            for image, digest, row in rows:
                if len(image) <= REPOSITORY_MAX_LENGTH:
                    yield image, tags_of_row(digest, row)

    def listing(self, repository: str) -> Iterator[TagListing]:
        place, image = self._catalog.locate(repository)
        if not image:
            return self._closed(repository, place)
        tags = self._listings.take(place, image)
        if tags is None:
            return self._by_itself(repository, place, image)
        return _in_parts(repository, tags.values())

    def _closed(self, repository: str, place: Place) -> Iterator[TagListing]:
        for _ in self._api.packages(place):
            pass
        yield TagListing(repository, complete=True)

    def _by_itself(self, repository: str, place: Place, image: str) -> Iterator[TagListing]:
        """Read one image: the registry's list has all tags in one answer; else page through the
        API."""
        try:
            pages = list(self._registry.tags(repository))
        except (MalformedResponse, PaginationUntrusted, ResponseTooLarge):
            pages = None
        except RegistryError as refusal:
            if refusal.status not in REFUSALS:
                raise
            pages = None
        if pages is not None:
            return _in_parts(repository, [tag for page in pages for tag in tags_of_page(page)])
        listed = [pair for page in self._api.tags(place, image) for pair in page]
        return _in_parts(repository, [_tag(name, digest) for name, digest in listed])

    def resolution(self, reference: Reference) -> Resolution:
        try:
            manifest = self._registry.manifest(reference)
        except RegistryError as refusal:
            if refusal.status not in REFUSALS:
                raise
            return self._resolution_by_api(reference)
        if manifest is None:
            return Resolution(reference, absent=True)
        return Resolution(reference, manifest.digest, manifest.media_type)

    def _resolution_by_api(self, reference: Reference) -> Resolution:
        """Resolve by the API. It has no tags of a virtual repository, which are then "not
        found"."""
        place, image = self._catalog.locate(reference.repository)
        digest = self._api.digest(place, image, reference.tag)
        if digest is None:
            return Resolution(reference, absent=True, doubtful=True)
        if not is_digest(digest):
            raise MalformedResponse(
                f"Malformed response: no digest of {reference.repository}:{reference.tag}"
            )
        return Resolution(reference, digest)


def _tag(name: str, digest: str) -> Tag:
    return Tag(name, digest if is_digest(digest) else None)


def _in_parts(repository: str, tags: Iterable[Tag]) -> Iterator[TagListing]:
    by_name = {tag.name: tag for tag in tags}
    known = [tag for name, tag in by_name.items() if is_tag(name)]
    return split_listing(repository, known, [name for name in by_name if not is_tag(name)])


def _as_audience(text: str) -> str:
    if len(text) > 255 or not text.isprintable():
        raise ValueError("an audience has at most 255 printable characters")
    return text


PROVIDER = Provider(
    slug="artifact-registry",
    name="Google Artifact Registry",
    connect=ArtifactRegistryClient,
    hosts=("*-docker.pkg.dev", "gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io"),
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            f"{KEY} or empty for a service account key; {TOKEN} for an access token, valid "
            "for one hour",
        ),
        CredentialField(
            "secret",
            "Key or token",
            "The whole key file (JSON) of a service account with the role Artifact Registry Reader",
            True,
            has_lines=True,
        ),
    ),
    options=(
        ConnectionOption(
            "project",
            "Project",
            "Project ID. Leave empty to use the service account's project",
            check=as_project,
        ),
        ConnectionOption(
            "repositories",
            "Repositories",
            "Repositories of Artifact Registry to read. Required where the account may read "
            "some but not list them. Leave empty to read all in the project",
            is_list=True,
            check=as_repository,
        ),
        ConnectionOption(
            "locations",
            "Locations",
            "Only needed if the URL does not contain it. Leave empty to read all locations",
            is_list=True,
            check=as_location,
        ),
        ConnectionOption(
            "api_url",
            "API URL",
            "URL of a private endpoint or a proxy. Leave empty to use "
            "artifactregistry.googleapis.com",
            leads_credential=True,
            check=as_origin,
        ),
        ConnectionOption(
            "push_account",
            "Push account",
            "E-mail address of the service account that the Pub/Sub subscription authenticates as",
        ),
        ConnectionOption(
            "push_audience",
            "Push audience",
            "Audience configured in the subscription. Leave empty if it is the webhook URL",
            check=_as_audience,
        ),
    ),
    login=normal_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
